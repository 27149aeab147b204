/** Runs, what went into them and what they say; the verdicts that made them, or not. */
export const runTables = `
CREATE TABLE run (
  id uuid PRIMARY KEY,
  run_key text NOT NULL UNIQUE,
  study_id uuid NOT NULL REFERENCES study (id),
  completion_no int NOT NULL,
  node_id uuid NOT NULL REFERENCES pacs_node (id),
  node_version int NOT NULL,
  rule_id uuid REFERENCES rule (id),
  rule_version int,
  package_id text NOT NULL,
  package_version text NOT NULL,
  package_digest text NOT NULL,
  settings_digest text NOT NULL,
  contract_version int NOT NULL,
  input_digest text NOT NULL,
  revision int NOT NULL DEFAULT 0,
  priority int NOT NULL DEFAULT 5,
  state text NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'running', 'held', 'done', 'dead', 'cancelled')),
  state_reason text,
  outcome text CHECK (outcome IN
    ('positive', 'negative', 'measured', 'not-applicable', 'incomplete-input', 'failed')),
  forced boolean NOT NULL DEFAULT false,
  selection jsonb,
  requested_by text,
  images_as_of timestamptz,
  identity_source text,
  -- Made under the lock of the study, so that of two runs the one made later is the newer.
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX run_study ON run (study_id, created_at);
CREATE INDEX run_state ON run (state, created_at);

CREATE TABLE run_input (
  run_id uuid NOT NULL REFERENCES run (id),
  sop_instance_uid text NOT NULL,
  sop_class_uid text NOT NULL,
  series_instance_uid text NOT NULL,
  digest text,
  PRIMARY KEY (run_id, sop_instance_uid)
);

CREATE TABLE verdict (
  id uuid PRIMARY KEY,
  study_id uuid NOT NULL REFERENCES study (id),
  completion_no int NOT NULL,
  rule_id uuid REFERENCES rule (id),
  rule_version int,
  decision text NOT NULL CHECK (decision IN ('run', 'skip')),
  reason text NOT NULL,
  run_id uuid REFERENCES run (id),
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX verdict_study ON verdict (study_id, at);
CREATE INDEX verdict_run ON verdict (run_id);

CREATE TABLE findings (
  id uuid PRIMARY KEY,
  run_id uuid NOT NULL UNIQUE REFERENCES run (id),
  version int NOT NULL,
  body jsonb NOT NULL,
  model jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE identity_sighting (
  id uuid PRIMARY KEY,
  study_id uuid NOT NULL REFERENCES study (id),
  run_id uuid REFERENCES run (id),
  node_id uuid REFERENCES pacs_node (id),
  stage text NOT NULL CHECK (stage IN ('announcement', 'look', 'fetch', 'store', 'read-back')),
  identity_id uuid NOT NULL REFERENCES identity (id),
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identity_sighting_study ON identity_sighting (study_id, at);
CREATE INDEX identity_sighting_identity ON identity_sighting (identity_id);
`;
