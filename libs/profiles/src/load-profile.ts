import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { profileError } from './errors.js';
import { mergeDeep } from './merge.js';
import { profileSchema, type Profile, type ProfileOverrides } from './profile.js';

/** Beside `src` and beside `dist` alike. */
const FOLDER = new URL('../profiles/', import.meta.url);
const EXTENSION = '.yaml';

/** The names of the built-in profiles, sorted. */
export function profileNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/**
 * A built-in profile with a site's overrides laid upon it: objects are merged by member, lists and single
 * values replaced whole.
 *
 * @throws `profile.unknown` for a name that is not built in; `profile.invalid` naming every field that does
 * not fit, by its path.
 */
export function loadProfile(name: string, overrides: ProfileOverrides = {}): Profile {
  return checkProfile(mergeDeep(readBuiltIn(name), overrides));
}

function readBuiltIn(name: string): unknown {
  if (!profileNames().includes(name))
    throw profileError('profile.unknown', JSON.stringify(name.slice(0, 64)));
  const stated = parse(readFileSync(new URL(`${name}${EXTENSION}`, FOLDER), 'utf8')) as object;
  return { id: name, ...stated };
}

function checkProfile(stated: unknown): Profile {
  const checked = profileSchema.safeParse(stated);
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(
    (issue) => `${issue.path.join('.') || 'profile'}: ${issue.message}`,
  );
  throw profileError('profile.invalid', problems.join('; '));
}
