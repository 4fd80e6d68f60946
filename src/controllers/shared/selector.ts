import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import type { KubeObject } from '#machinery/object.ts';

export type Matcher = (object: KubeObject) => boolean;

/** A label selector as a predicate. An absent selector matches nothing, an empty one everything. */
export function matcherOf(selector: LabelSelector | undefined): Matcher {
  if (!selector) return () => false;
  const requirements = selector.matchExpressions ?? [];
  const wanted = Object.entries(selector.matchLabels ?? {});
  return object => {
    const labels = object.metadata.labels ?? {};
    if (!wanted.every(([key, value]) => labels[key] === value)) return false;
    return requirements.every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      if (operator === 'In') return value !== undefined && (values ?? []).includes(value);
      return value === undefined || !(values ?? []).includes(value);
    });
  };
}

/** The selector has no requirement: it matches everything. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0;
}

/** Matches objects that carry all of `labels`. */
export function matcherOfLabels(labels: Record<string, string> | undefined): Matcher {
  return labels ? matcherOf({ matchLabels: labels }) : () => false;
}
