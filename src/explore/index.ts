/** What `import … from 'coxswain/explore'` gives: finds the orders of events, conflicts and crashes that break a controller. */
import '#main/require-node.ts';

export type { Company, Explorable, Exploration, Invariant, Problem, Stage, Step } from './exploration.ts';
export { explore, replay } from './explore.ts';
export type { ExploreOptions, Failure, Report } from './explore.ts';
export { faultKinds } from './fault-kinds.ts';
export type { FaultKind, Site } from './fault-kinds.ts';
export { parseScript, scriptText } from './script.ts';
export type { Fault, Script } from './script.ts';
export { World } from './world.ts';
export type { WorldChange } from './world.ts';
