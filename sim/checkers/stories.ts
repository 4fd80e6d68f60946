import type { Checker, Outcome } from './checker.ts';

/** What the stories say must come of them does. */
export const stories: Checker<Outcome> = {
  name: 'stories',
  inspect: ({ world, intent }) => ({
    pending: () =>
      [...intent.expectations].flatMap(([about, expectation]) =>
        expectation(world).map(problem => `${about}: ${problem}`),
      ),
  }),
};
