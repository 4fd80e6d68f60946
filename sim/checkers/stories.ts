import type { Checker } from './checker.ts';

/** What the stories say must come of them does. */
export const stories: Checker = {
  name: 'stories',
  inspect: ({ world, intent }) => ({
    pending: () =>
      [...intent.expectations].flatMap(([about, expectation]) =>
        expectation(world).map(problem => `${about}: ${problem}`),
      ),
  }),
};
