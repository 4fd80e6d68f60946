/** One object: read what bears on it, then say why it is as it is. */
import { namespaces } from '#api/generated/refs.ts';
import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { endingFindings } from './ending.ts';
import { type Explanation, explanation, referenceTo } from './explanation.ts';
import type { Facts } from './facts.ts';
import type { Gatherer } from './gather.ts';
import { genericFindings } from './kinds/generic.ts';
import { explainerOf } from './kinds/registry.ts';
import { gatherOrigin, originOf } from './origin.ts';

/** Reads all that `explainObject` looks at. */
export async function gatherObject(object: KubeObject, gatherer: Gatherer): Promise<void> {
  gatherer.add(object);
  const { namespace = '', name = '', finalizers } = object.metadata;
  await Promise.all([
    gatherer.events(namespace, object.kind, name),
    gatherOrigin(object, gatherer),
    explainerFor(object)?.gather(object, gatherer),
    finalizers?.includes('foregroundDeletion') && gatherer.everything(namespace),
  ]);
}

export function explainObject(object: KubeObject, facts: Facts): Explanation {
  const own = explainerFor(object)?.findings(object, facts) ?? [];
  // What is left in a namespace says more than that it has a finalizer.
  const ending = object.kind === namespaces.kind ? [] : endingFindings(object, facts);
  // What it waits for besides matters no more; what is wrong with it may be what holds it.
  const findings = [...ending, ...own.filter(({ verdict }) => ending.length === 0 || verdict !== 'waiting')];
  return explanation(referenceTo(object), findings.length > 0 ? findings : genericFindings(object, facts), {
    origin: originOf(object, facts),
    unread: facts.unread,
  });
}

function explainerFor(object: KubeObject) {
  return explainerOf(parseApiVersion(object.apiVersion).group, object.kind);
}
