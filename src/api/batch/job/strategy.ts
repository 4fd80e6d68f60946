import type { Strategy } from '../../definition.ts';
import type { Job } from '../../generated/types/batch.v1.ts';
import { setJobDefaults } from './defaults.ts';

/** How jobs are admitted. */
export const jobStrategy: Strategy<Job> = {
  setDefaults: setJobDefaults,
};
