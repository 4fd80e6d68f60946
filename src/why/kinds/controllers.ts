/** What all controllers of pods have in common. */
import type { KubeObject } from '#machinery/object.ts';
import { type Finding, waiting } from '../explanation.ts';

interface Observed extends KubeObject {
  readonly status?: { readonly observedGeneration?: number };
}

/** The controller has not seen the last change of the spec. */
export function notObserved(object: KubeObject, controller: string): Finding[] {
  const { generation = 0 } = object.metadata;
  const { observedGeneration = 0 } = (object as Observed).status ?? {};
  if (observedGeneration >= generation) return [];
  return [
    waiting(
      'NotObserved',
      `the ${controller} controller has not seen its last change (generation ${generation}, seen ${observedGeneration})`,
      {
        remedies: [`if it stays so: see that the ${controller} controller runs`],
      },
    ),
  ];
}
