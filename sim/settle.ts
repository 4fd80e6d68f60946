/** One turn of the event loop, in which every promise that can go on does. The simulator's one way to wait for Node. */
export const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
