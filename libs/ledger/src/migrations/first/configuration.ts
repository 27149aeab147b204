/** The installation and everything that sites configure. */
export const configurationTables = `
CREATE TABLE installation (
  id uuid PRIMARY KEY,
  only_row boolean NOT NULL DEFAULT true UNIQUE CHECK (only_row),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pacs_node (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  version int NOT NULL,
  purpose text CHECK (purpose IN ('test', 'clinical')),
  body jsonb NOT NULL,
  removed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE feed (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  version int NOT NULL,
  body jsonb NOT NULL,
  removed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rule (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  version int NOT NULL,
  package_id text NOT NULL,
  body jsonb NOT NULL,
  removed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE credential (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  version int NOT NULL,
  body jsonb NOT NULL,
  key_id text,
  secret bytea,
  removed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((key_id IS NULL) = (secret IS NULL))
);

CREATE TABLE configuration_version (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('node', 'feed', 'rule', 'credential')),
  object_id uuid NOT NULL,
  name text NOT NULL,
  version int NOT NULL,
  body jsonb,
  at timestamptz NOT NULL DEFAULT now(),
  who text NOT NULL,
  why text NOT NULL,
  UNIQUE (object_id, version)
);

CREATE TABLE package_activation (
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id uuid NOT NULL REFERENCES rule (id),
  package_id text NOT NULL,
  package_version text,
  package_digest text,
  state text NOT NULL CHECK (state IN ('off', 'shadow', 'on')),
  at timestamptz NOT NULL DEFAULT now(),
  who text NOT NULL,
  why text NOT NULL,
  CHECK (state <> 'on' OR package_digest IS NOT NULL)
);
CREATE INDEX package_activation_latest ON package_activation (rule_id, sequence DESC);

CREATE TABLE poll_window (
  id uuid PRIMARY KEY,
  node_id uuid NOT NULL REFERENCES pacs_node (id),
  kind text NOT NULL CHECK (kind IN ('recent', 'sweep')),
  window_from date,
  window_to date,
  added_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL DEFAULT now(),
  holder text,
  leased_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  last_started_at timestamptz,
  last_finished_at timestamptz,
  studies_seen int,
  last_error_code text,
  last_error text,
  UNIQUE (node_id, kind)
);
CREATE INDEX poll_window_due ON poll_window (due_at);

CREATE TABLE node_refusal (
  node_id uuid NOT NULL REFERENCES pacs_node (id),
  purpose text NOT NULL CHECK (purpose IN ('read', 'store')),
  credential text NOT NULL,
  refusals int NOT NULL,
  reason text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  next_try_at timestamptz NOT NULL,
  PRIMARY KEY (node_id, purpose)
);
`;
