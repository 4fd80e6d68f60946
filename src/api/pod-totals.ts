import { Quantity } from '#machinery/quantity.ts';
import type { Container, Pod } from './generated/types/core.v1.ts';

export type Amounts = ReadonlyMap<string, Quantity>;
export type Side = 'requests' | 'limits';

export function parseAmounts(list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, Quantity.parse(String(text))]));
}

export function addAmounts(to: Map<string, Quantity>, from: Amounts): Map<string, Quantity> {
  for (const [name, amount] of from) to.set(name, to.get(name)?.add(amount) ?? amount);
  return to;
}

/** Each to what `from` has of it, where that is more. */
export function raiseAmounts(to: Map<string, Quantity>, from: Amounts): Map<string, Quantity> {
  for (const [name, amount] of from) {
    const known = to.get(name);
    if (!known || known.compare(amount) < 0) to.set(name, amount);
  }
  return to;
}

/** What a pod may hold at any one time (component-helpers: resource.PodRequests, PodLimits). */
export function podTotals(pod: Pod, side: Side): Map<string, Quantity> {
  const of = (container: Container) => parseAmounts(container.resources?.[side]);
  const running = new Map<string, Quantity>();
  for (const container of pod.spec?.containers ?? []) addAmounts(running, of(container));
  const sidecars = new Map<string, Quantity>();
  const starting = new Map<string, Quantity>();
  for (const container of pod.spec?.initContainers ?? []) {
    const own = of(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(running, own);
      raiseAmounts(starting, addAmounts(sidecars, own));
    } else raiseAmounts(starting, addAmounts(own, sidecars));
  }
  raiseAmounts(running, starting);
  for (const [name, amount] of parseAmounts(pod.spec?.resources?.[side])) running.set(name, amount);
  const overhead = parseAmounts(pod.spec?.overhead);
  if (side === 'requests') return addAmounts(running, overhead);
  for (const [name, amount] of overhead) {
    const limit = running.get(name);
    if (limit) running.set(name, limit.add(amount));
  }
  return running;
}
