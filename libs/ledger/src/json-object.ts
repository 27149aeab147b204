/** Plain JSON as it stands in a `jsonb` column. */
export type JsonObject = Record<string, unknown>;
