/** ORC-1 (HL7 v2 table 0119): change order request, order changed as requested, order changed unsolicited. */
export const changes: readonly string[] = ['XO', 'XR', 'XX'];
