/** Evidence, its artifacts, where it was sent and what servers take. */
export const resultTables = `
CREATE TABLE artifact (
  digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
  size bigint NOT NULL,
  media_type text NOT NULL,
  encrypted boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  purged_at timestamptz
);

CREATE TABLE evidence_series (
  id uuid PRIMARY KEY,
  installation_id uuid NOT NULL REFERENCES installation (id),
  study_id uuid NOT NULL REFERENCES study (id),
  model_id text NOT NULL,
  kind text NOT NULL,
  presentation text NOT NULL CHECK (presentation IN ('qualified', 'withheld')),
  series_instance_uid text NOT NULL UNIQUE,
  series_number int NOT NULL,
  series_description text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (installation_id, study_id, model_id, kind, presentation)
);
CREATE INDEX evidence_series_study ON evidence_series (study_id);

CREATE TABLE evidence (
  id uuid PRIMARY KEY,
  run_id uuid NOT NULL REFERENCES run (id),
  study_id uuid NOT NULL REFERENCES study (id),
  evidence_series_id uuid NOT NULL REFERENCES evidence_series (id),
  kind text NOT NULL,
  presentation text NOT NULL CHECK (presentation IN ('qualified', 'withheld')),
  identity_id uuid NOT NULL REFERENCES identity (id),
  sop_class_uid text NOT NULL,
  sop_instance_uid text NOT NULL UNIQUE,
  series_instance_uid text NOT NULL,
  instance_number int NOT NULL,
  template text NOT NULL,
  transfer_syntax text NOT NULL,
  artifact_digest text NOT NULL REFERENCES artifact (digest),
  encoded_at timestamptz NOT NULL DEFAULT now(),
  predecessor_id uuid REFERENCES evidence (id)
);
CREATE INDEX evidence_run ON evidence (run_id);
CREATE INDEX evidence_study ON evidence (study_id, encoded_at);

CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  evidence_id uuid NOT NULL REFERENCES evidence (id),
  node_id uuid NOT NULL REFERENCES pacs_node (id),
  node_version int NOT NULL,
  rule_id uuid REFERENCES rule (id),
  rule_version int,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN
    ('pending', 'attempted', 'stored', 'verified', 'stored-with-coercion', 'accepted-unverifiable',
     'not-sent', 'refused', 'held', 'dead', 'misfiled', 'superseded', 'withdrawn',
     'removed-at-destination')),
  state_reason text,
  coercions jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  in_doubt_since timestamptz,
  stored_at timestamptz,
  verified_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (evidence_id, node_id)
);
CREATE INDEX delivery_state ON delivery (state, updated_at);
CREATE INDEX delivery_node ON delivery (node_id, state);
CREATE INDEX delivery_in_doubt ON delivery (in_doubt_since) WHERE in_doubt_since IS NOT NULL;

CREATE TABLE acceptance (
  id uuid PRIMARY KEY,
  node_id uuid NOT NULL REFERENCES pacs_node (id),
  service text NOT NULL,
  sop_class_uid text NOT NULL,
  template text NOT NULL DEFAULT '',
  transfer_syntax text NOT NULL DEFAULT '',
  status text NOT NULL CHECK (status IN ('accepted', 'refused', 'unknown')),
  how text NOT NULL CHECK (how IN ('declared', 'probed', 'learnt')),
  evidence text NOT NULL,
  server_version text,
  at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (node_id, service, sop_class_uid, template, transfer_syntax)
);
`;
