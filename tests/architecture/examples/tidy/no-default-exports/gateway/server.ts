/** The port. */
export default 1;
