import { adoptsAnothers } from './adopts-anothers.ts';
import { blindPut } from './blind-put.ts';
import { clockNamed } from './clock-named.ts';
import { conflictSwallowed } from './conflict-swallowed.ts';
import { counterInMemory } from './counter-in-memory.ts';
import { cronjobGeneratedNames } from './cronjob-generated-names.ts';
import { deletesByName } from './deletes-by-name.ts';
import { doneTooEarly } from './done-too-early.ts';
import { edgeTriggered } from './edge-triggered.ts';
import { eventOnly } from './event-only.ts';
import { finalizerFirst } from './finalizer-first.ts';
import { finalizerStuck } from './finalizer-stuck.ts';
import { firstChildOnly } from './first-child-only.ts';
import { generatedName } from './generated-name.ts';
import { missingWatch } from './missing-watch.ts';
import { ownerByName } from './owner-by-name.ts';
import type { Planted } from './planted.ts';
import { recordedTooLate } from './recorded-too-late.ts';
import { replicasetImpatient } from './replicaset-impatient.ts';
import { statusOverSpec } from './status-over-spec.ts';
import { timerInMemory } from './timer-in-memory.ts';

/** Bugs that the explorer must find, by name. */
export const planted: readonly Planted[] = [
  adoptsAnothers,
  blindPut,
  clockNamed,
  conflictSwallowed,
  counterInMemory,
  cronjobGeneratedNames,
  deletesByName,
  doneTooEarly,
  edgeTriggered,
  eventOnly,
  finalizerFirst,
  finalizerStuck,
  firstChildOnly,
  generatedName,
  missingWatch,
  ownerByName,
  recordedTooLate,
  replicasetImpatient,
  statusOverSpec,
  timerInMemory,
];
