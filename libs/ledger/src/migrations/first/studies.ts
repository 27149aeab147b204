/** Studies, their copies, what was observed and what the rules decided. */
export const studyTables = `
CREATE TABLE study (
  id uuid PRIMARY KEY,
  study_instance_uid text NOT NULL UNIQUE,
  state text NOT NULL DEFAULT 'watching' CHECK (state IN ('watching', 'complete', 'incomplete', 'held')),
  state_reason text,
  reading_state text NOT NULL DEFAULT 'unknown'
    CHECK (reading_state IN ('unknown', 'unread', 'preliminary', 'final')),
  reading_reason text,
  completeness jsonb,
  completed_at timestamptz,
  completion_no int NOT NULL DEFAULT 0,
  priority int NOT NULL DEFAULT 5,
  test_only boolean NOT NULL DEFAULT false,
  identity_id uuid REFERENCES identity (id),
  released_identity_id uuid REFERENCES identity (id),
  released_at timestamptz,
  study_date text,
  awaits_order boolean NOT NULL DEFAULT false,
  withheld_by text,
  revision int NOT NULL DEFAULT 0,
  first_heard_at timestamptz NOT NULL DEFAULT now(),
  watching_since timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX study_state ON study (state, updated_at);

CREATE TABLE released_identity (
  study_id uuid NOT NULL REFERENCES study (id),
  content_hmac text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  who text NOT NULL,
  PRIMARY KEY (study_id, content_hmac)
);

CREATE TABLE order_study (
  order_id uuid NOT NULL REFERENCES study_order (id),
  study_id uuid NOT NULL REFERENCES study (id),
  how text NOT NULL,
  is_foreign boolean NOT NULL DEFAULT false,
  was_own boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, study_id)
);
CREATE INDEX order_study_study ON order_study (study_id);

CREATE TABLE study_key (
  study_id uuid NOT NULL REFERENCES study (id),
  number text NOT NULL,
  namespace text NOT NULL DEFAULT '',
  listed_by uuid[],
  PRIMARY KEY (study_id, number, namespace)
);
CREATE INDEX study_key_number ON study_key (number);

CREATE TABLE study_copy (
  id uuid PRIMARY KEY,
  study_id uuid NOT NULL REFERENCES study (id),
  node_id uuid NOT NULL REFERENCES pacs_node (id),
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  last_changed_at timestamptz NOT NULL DEFAULT now(),
  instances int,
  series int,
  poll_digest text,
  noted_instances int,
  completed_at timestamptz,
  forced boolean NOT NULL DEFAULT false,
  UNIQUE (study_id, node_id)
);
CREATE INDEX study_copy_node ON study_copy (node_id, last_seen_at);

CREATE TABLE observation (
  id uuid PRIMARY KEY,
  copy_id uuid NOT NULL REFERENCES study_copy (id),
  at timestamptz NOT NULL DEFAULT now(),
  instances int NOT NULL,
  series jsonb NOT NULL
);
CREATE INDEX observation_copy ON observation (copy_id, at);
`;
