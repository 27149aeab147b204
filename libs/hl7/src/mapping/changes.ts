/** ORC-1 (HL7 v2 table 0119): change order request, order changed as requested, order changed unsolicited. */
export const changes: readonly string[] = ['XO', 'XR', 'XX'];

/** ORC-1: new order, send order number, number assigned, replacement order: the order is placed, perhaps anew. */
export const placings: readonly string[] = ['NW', 'SN', 'NA', 'RO'];
