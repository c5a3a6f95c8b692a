/** Reads. */
export function read(value: any): number {
  return value;
}
