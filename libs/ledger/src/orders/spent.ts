/** Days after which a message that places an order under the number of one that is over means another one. */
export const spentAfterDays = 30;

/**
 * SQL that is true for an order `o` that is over, and was last spoken of so long ago that its number may have been given
 * to another.
 *
 * @param days parameter that holds {@link spentAfterDays}
 */
export const isSpent = (days: string): string =>
  `((o.reading_state = 'final' OR o.state = 'cancelled') AND o.updated_at < now() - make_interval(days => ${days}))`;
