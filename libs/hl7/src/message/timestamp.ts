/** A time as HL7 v2 DTM in UTC with its offset: `20260307142501+0000`. */
export function timestampOf(time: Date): string {
  return `${time.toISOString().replaceAll(/[-:T]/gu, '').slice(0, 14)}+0000`;
}
