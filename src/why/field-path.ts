/** Paths to fields, as people write them: .spec.containers[0].image, containers[name=app], metadata.labels['a/b']. */

export type PathStep =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'key'; readonly key: string; readonly value: string };

const stepPattern =
  /\.?((?:[^.[\]'"\\]|\\.)+)|\[(\d+)\]|\[['"]([^'"]*)['"]\]|\[([A-Za-z]\w*)=([^\]]*)\]|\[([^\]]+)\]/y;

/** Throws on what is no path. */
export function parseFieldPath(text: string): PathStep[] {
  const steps: PathStep[] = [];
  const pattern = new RegExp(stepPattern);
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match)
      throw new Error(
        `${JSON.stringify(text)} is no field path: ${JSON.stringify(text.slice(at))} cannot be read`,
      );
    const [, name, index, quoted, key, value, itemName] = match;
    if (name !== undefined) steps.push({ type: 'field', name: name.replaceAll(/\\(.)/g, '$1') });
    else if (index !== undefined) steps.push({ type: 'index', index: Number(index) });
    else if (quoted !== undefined) steps.push({ type: 'field', name: quoted });
    else if (key !== undefined) steps.push({ type: 'key', key, value: value! });
    else steps.push({ type: 'key', key: 'name', value: itemName! });
  }
  return steps;
}

/** The value at a step, and how sets of managed fields may name the step (FieldsV1). */
export function descend(
  value: unknown,
  step: PathStep,
): { value: unknown; elements: (set: object) => string[] } {
  if (step.type === 'field') {
    const child = (value as Record<string, unknown> | null | undefined)?.[step.name];
    return { value: child, elements: () => [`f:${step.name}`] };
  }
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  const index =
    step.type === 'index'
      ? step.index
      : items.findIndex(item => String((item as Record<string, unknown> | null)?.[step.key]) === step.value);
  const item = items[index];
  return {
    value: item,
    elements: set => Object.keys(set).filter(element => namesItem(element, item, index)),
  };
}

/** k:{"name":"app"}, v:"value" or i:0. */
function namesItem(element: string, item: unknown, index: number): boolean {
  const kind = element.slice(0, 2);
  const rest = element.slice(2);
  if (kind === 'i:') return Number(rest) === index;
  if (kind === 'v:') return rest === JSON.stringify(item);
  if (kind !== 'k:' || typeof item !== 'object' || item === null) return false;
  const keys = JSON.parse(rest) as Record<string, unknown>;
  return Object.entries(keys).every(([key, value]) => (item as Record<string, unknown>)[key] === value);
}
