/** The port. */
export default function port() {
  return 1;
}
