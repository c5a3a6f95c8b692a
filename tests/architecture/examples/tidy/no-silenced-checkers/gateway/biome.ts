// biome-ignore lint/suspicious/noExplicitAny: later
const port = 1;
