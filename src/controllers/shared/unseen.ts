/**
 * When to look again after a decision on an object that the server has and the cache has not shown: should it end before
 * the cache lists it, no event will say so.
 */
export const unseenMs = 30_000;
