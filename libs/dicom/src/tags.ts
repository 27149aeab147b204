import { imageTags } from './image-tags.js';
import { reportTags } from './report-tags.js';

/**
 * Tags by keyword (PS3.6) of the attributes that Prelector names in code, as eight upper-case hexadecimal
 * digits; any other keyword is looked up by `tagOf`.
 */
export const tags = { ...imageTags, ...reportTags } as const;

/** A keyword that `tags` holds. */
export type KnownKeyword = keyof typeof tags;
