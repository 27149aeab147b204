/** A rule that a data set breaks. It names rule and place, never a value. */
export interface Problem {
  /** Stable name of the rule: `units-missing`. */
  readonly rule: string;
  /** Position in the content tree (`1.4.2`) or the keyword of an attribute. */
  readonly where: string;
  /** A sentence for a person. */
  readonly message: string;
}
