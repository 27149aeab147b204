/** Identities, notices and orders: what holds identity is encrypted and stands in tables of its own. */
export const intakeTables = `
CREATE TABLE identity (
  id uuid PRIMARY KEY,
  key_id text NOT NULL,
  body bytea,
  content_hmac text,
  patient_number_hmac text,
  patient_namespace_hmac text,
  created_at timestamptz NOT NULL DEFAULT now(),
  purged_at timestamptz,
  CHECK ((body IS NULL) = (purged_at IS NOT NULL))
);
CREATE INDEX identity_patient_number ON identity (patient_number_hmac) WHERE patient_number_hmac IS NOT NULL;

CREATE TABLE notice (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('hl7', 'poll', 'webhook', 'person')),
  feed_id uuid REFERENCES feed (id),
  feed_version int,
  node_id uuid REFERENCES pacs_node (id),
  node_version int,
  control_id text,
  message_type text,
  message_hmac text,
  control_id_reused boolean NOT NULL DEFAULT false,
  repeats int NOT NULL DEFAULT 0,
  repeated_at timestamptz,
  received_at timestamptz NOT NULL DEFAULT now(),
  disposition text NOT NULL DEFAULT 'pending'
    CHECK (disposition IN ('pending', 'used', 'ignored', 'refused')),
  reason text,
  ack text CHECK (ack IN ('AA', 'AE', 'AR', 'CA', 'CE', 'CR')),
  unusable_orders int[] NOT NULL DEFAULT '{}',
  who text
);
CREATE UNIQUE INDEX notice_repeat ON notice (feed_id, control_id, message_hmac) WHERE kind = 'hl7';
CREATE INDEX notice_feed ON notice (feed_id, received_at) WHERE kind = 'hl7';
CREATE INDEX notice_repeated ON notice (feed_id, repeated_at) WHERE repeated_at IS NOT NULL;
CREATE INDEX notice_received ON notice (received_at);

CREATE TABLE turned_away (
  feed_id uuid NOT NULL REFERENCES feed (id),
  reason text NOT NULL,
  peer text,
  count int NOT NULL,
  first_at timestamptz NOT NULL DEFAULT now(),
  last_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (feed_id, reason)
);

CREATE TABLE notice_body (
  notice_id uuid PRIMARY KEY REFERENCES notice (id) ON DELETE CASCADE,
  key_id text NOT NULL,
  body bytea NOT NULL
);

CREATE TABLE notice_subject (
  notice_id uuid NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('order', 'study')),
  subject_id uuid NOT NULL,
  PRIMARY KEY (notice_id, kind, subject_id)
);
CREATE INDEX notice_subject_subject ON notice_subject (subject_id);

CREATE TABLE study_order (
  id uuid PRIMARY KEY,
  feed_id uuid REFERENCES feed (id),
  identity_id uuid REFERENCES identity (id),
  study_instance_uids text[] NOT NULL DEFAULT '{}',
  patient_hmac text,
  former_patients text[] NOT NULL DEFAULT '{}',
  set_aside text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'announced'
    CHECK (state IN ('announced', 'arrived', 'held', 'never-arrived', 'unusable', 'cancelled')),
  state_reason text,
  reading_state text NOT NULL DEFAULT 'unknown'
    CHECK (reading_state IN ('unknown', 'unread', 'preliminary', 'final')),
  reading_at timestamptz,
  withdrawn_at timestamptz,
  priority int NOT NULL DEFAULT 5,
  modality text,
  procedure_code jsonb,
  expected_instances int,
  acquisition_ended boolean NOT NULL DEFAULT false,
  test_only boolean NOT NULL DEFAULT false,
  give_up_at timestamptz,
  placed_at timestamptz,
  cancelled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX study_order_created ON study_order (created_at);
CREATE INDEX study_order_identity ON study_order (identity_id);
CREATE INDEX study_order_uid ON study_order USING gin (study_instance_uids);
CREATE INDEX study_order_waiting ON study_order (feed_id) WHERE state = 'announced' AND acquisition_ended;

CREATE TABLE patient_merge (
  feed_id uuid NOT NULL REFERENCES feed (id),
  retired text NOT NULL,
  retired_namespace text NOT NULL,
  survivor text NOT NULL,
  survivor_namespace text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (feed_id, retired, retired_namespace, survivor, survivor_namespace)
);
CREATE INDEX patient_merge_retired ON patient_merge (retired);
CREATE INDEX patient_merge_survivor ON patient_merge (survivor);

CREATE TABLE order_key (
  order_id uuid NOT NULL REFERENCES study_order (id),
  kind text NOT NULL CHECK (kind IN ('study', 'accession', 'possible-accession', 'reported-accession', 'former-accession', 'filler', 'placer')),
  number text NOT NULL,
  namespace text NOT NULL DEFAULT '',
  authority text NOT NULL,
  PRIMARY KEY (order_id, kind, number, namespace)
);
CREATE INDEX order_key_number ON order_key (number);
`;
