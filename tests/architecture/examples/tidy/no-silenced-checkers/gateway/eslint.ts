/* eslint-disable */
const port = 1;
