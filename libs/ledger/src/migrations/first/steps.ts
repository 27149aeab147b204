/** Steps with their attempts, leases, outbox and dead letters, and the append-only story. */
export const stepTables = `
CREATE TABLE step (
  id uuid PRIMARY KEY,
  step text NOT NULL CHECK (step IN ('resolve', 'observe', 'select', 'run', 'encode', 'deliver')),
  row_id uuid NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'done', 'dead')),
  attempt int NOT NULL DEFAULT 1,
  failures int NOT NULL DEFAULT 0,
  priority int NOT NULL DEFAULT 5,
  due_at timestamptz NOT NULL DEFAULT now(),
  holder text,
  leased_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  again_at timestamptz,
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (step, row_id),
  CHECK ((state = 'leased') = (holder IS NOT NULL)),
  CHECK ((state = 'leased') = (leased_until IS NOT NULL))
);
CREATE INDEX step_row ON step (row_id);
CREATE INDEX step_lease ON step (leased_until) WHERE state = 'leased';
CREATE INDEX step_open ON step (step, state) WHERE state <> 'done';

CREATE TABLE attempt (
  step_id uuid NOT NULL REFERENCES step (id),
  number int NOT NULL,
  holder text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  result text CHECK (result IN ('done', 'deferred', 'failed', 'dead', 'lease-lost')),
  code text,
  message text,
  PRIMARY KEY (step_id, number)
);

CREATE TABLE outbox (
  id uuid PRIMARY KEY,
  step_id uuid NOT NULL REFERENCES step (id),
  attempt int NOT NULL,
  due_at timestamptz NOT NULL DEFAULT now(),
  dispatched_at timestamptz,
  UNIQUE (step_id, attempt)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE dispatched_at IS NULL;
CREATE INDEX outbox_dispatched ON outbox (dispatched_at) WHERE dispatched_at IS NOT NULL;

CREATE TABLE dead_letter (
  id uuid PRIMARY KEY,
  step_id uuid NOT NULL REFERENCES step (id),
  code text NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolved_by text,
  resolution text
);
CREATE INDEX dead_letter_step ON dead_letter (step_id);
CREATE INDEX dead_letter_open ON dead_letter (at) WHERE resolved_at IS NULL;

CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  who text NOT NULL,
  what text NOT NULL,
  subject_kind text NOT NULL,
  subject_id uuid NOT NULL,
  before jsonb,
  after jsonb,
  why text,
  notice_id uuid
);
CREATE INDEX event_subject ON event (subject_id, id);
CREATE INDEX event_at ON event (at);
`;

/** History is written once: no row of these tables is ever changed or taken away. */
export const appendOnly = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER configuration_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON configuration_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER package_activation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON package_activation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`;
