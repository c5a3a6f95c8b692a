/** Whether it is over. */
export const isOver = (end: number) => Date.now() > end;
