import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import { RecentCache } from '#base/recent-cache.ts';
import type { KubeObject } from '#machinery/object.ts';
import { parseSelectorObject, SelectorError, selectorFromLabels } from '#machinery/selectors.ts';

export type Matcher = (object: Pick<KubeObject, 'metadata'>) => boolean;

const nothing: Matcher = () => false;

/** Objects are frozen, and keep their selectors through most writes. */
const matchersKept = 256;
const matchers = new RecentCache<LabelSelector, Matcher>(matchersKept);

/** A label selector as a predicate. An absent or broken selector matches nothing, an empty one everything. */
export function matcherOf(selector: LabelSelector | undefined): Matcher {
  if (!selector) return nothing;
  let matcher = matchers.get(selector);
  if (!matcher) {
    matcher = parseMatcher(selector);
    matchers.set(selector, matcher);
  }
  return matcher;
}

function parseMatcher(selector: LabelSelector): Matcher {
  try {
    const parsed = parseSelectorObject(selector);
    return object => parsed.matches(object.metadata.labels ?? {});
  } catch (error) {
    // The API server lets none through now; an object of an older version must not match by accident.
    if (error instanceof SelectorError) return nothing;
    throw error;
  }
}

/** The selector has no requirement: it matches everything. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0;
}

const labelMatchers = new WeakMap<Record<string, string>, Matcher>();

/** Matches objects that carry all of `labels`, which are a stored object's own and frozen. */
export function matcherOfLabels(labels: Record<string, string> | undefined): Matcher {
  if (!labels) return nothing;
  let matcher = labelMatchers.get(labels);
  if (!matcher) {
    const parsed = selectorFromLabels(labels);
    matcher = object => parsed.matches(object.metadata.labels ?? {});
    labelMatchers.set(labels, matcher);
  }
  return matcher;
}
