import type { KubeObject } from '#machinery/object.ts';
import { parseLabelSelector } from '#machinery/selectors.ts';

/** Whether an object of a file matches -l. */
export function matchesSelector(object: KubeObject, selector: string): boolean {
  return selector === '' || parseLabelSelector(selector).matches(object.metadata.labels ?? {});
}

/** A selector's text as the object that specs hold; 'a=b' goes to matchLabels. */
export function selectorObject(text: string): Record<string, unknown> {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: unknown[] = [];
  for (const { key, operator, values } of parseLabelSelector(text).requirements) {
    if (operator === '=' || operator === '==') matchLabels[key] = [...values][0]!;
    else if (operator === '!=') matchExpressions.push({ key, operator: 'NotIn', values: [...values] });
    else if (operator === 'in') matchExpressions.push({ key, operator: 'In', values: [...values] });
    else if (operator === 'notin') matchExpressions.push({ key, operator: 'NotIn', values: [...values] });
    else matchExpressions.push({ key, operator: operator === 'exists' ? 'Exists' : 'DoesNotExist' });
  }
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}
