import type { Pod } from '#api/generated/types/core.v1.ts';
import { splitKey } from '#machinery/object.ts';
import { type LabelSelector, parseLabelSelector } from '#machinery/selectors.ts';

/** A target's selector that cannot be used; the condition says more than the event. */
export class SelectorFailure extends Error {
  readonly reason: string;
  readonly condition: string;
  readonly conditionReason: string;

  constructor(reason: string, message: string, conditionReason = reason, condition = message) {
    super(message);
    this.reason = reason;
    this.conditionReason = conditionReason;
    this.condition = condition;
  }
}

/** Which pods each autoscaler counts, to find those that two of them count. */
export class TargetSelectors {
  readonly #byKey = new Map<string, LabelSelector>();

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /** The pods of `candidates`, all of the namespace, that the autoscaler's target selects; throws SelectorFailure. */
  select(key: string, selector: string, candidates: readonly Pod[]): readonly Pod[] {
    const parsed = parse(selector);
    this.#byKey.set(key, parsed);
    const pods = candidates.filter(pod => parsed.matches(pod.metadata.labels));
    const selecting = this.#selecting(splitKey(key).namespace, pods);
    if (selecting.length > 1) {
      const list = selecting.map(({ namespace, name }) => `{${name} ${namespace}}`).join(' ');
      const text = `pods by selector ${selector} are controlled by multiple HPAs: [${list}]`;
      throw new SelectorFailure('AmbiguousSelector', text);
    }
    return pods;
  }

  #selecting(namespace: string, pods: readonly Pod[]): { namespace: string; name: string }[] {
    return [...this.#byKey]
      .map(([key, selector]) => ({ ...splitKey(key), selector }))
      .filter(other => other.namespace === namespace)
      .filter(({ selector }) => pods.some(pod => selector.matches(pod.metadata.labels)));
  }
}

function parse(selector: string): LabelSelector {
  if (selector === '') {
    const condition = "the HPA target's scale is missing a selector";
    throw new SelectorFailure('SelectorRequired', 'selector is required', 'InvalidSelector', condition);
  }
  try {
    return parseLabelSelector(selector);
  } catch (error) {
    const text = `couldn't convert selector into a corresponding internal selector object: ${(error as Error).message}`;
    throw new SelectorFailure('InvalidSelector', text);
  }
}
