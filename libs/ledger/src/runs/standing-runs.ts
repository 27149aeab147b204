import { readings } from '@prelector/findings';

/** SQL for whether a run of that outcome read its images. */
export const isReadSql = (outcome: string): string =>
  `${outcome} IN (${[...readings].map((each) => `'${each}'`).join()})`;

/**
 * SQL for the runs, of each model package and settings, that a reader should see of a study: the newest that is done.
 * Of copies of the study on several nodes, whose newest runs are compared, one that could not be read does not take
 * the place of one that was, whichever came first, within one completion of the study.
 *
 * @param study SQL for the id of the study
 */
export const standingRuns = (study: string): string => `
  SELECT DISTINCT ON (package_id, settings_digest) id, priority FROM (
    SELECT DISTINCT ON (package_id, settings_digest, node_id) * FROM run
    WHERE study_id = ${study} AND state = 'done'
    ORDER BY package_id, settings_digest, node_id, created_at DESC, id DESC) of_node
  ORDER BY package_id, settings_digest, completion_no DESC,
    coalesce(${isReadSql('outcome')}, false) DESC, created_at DESC, id DESC`;
