/** Go's names of a struct's fields, in order, each with what it shows where nothing is set. */
type Shape = Readonly<Record<string, unknown>>;

/** 'FSGroup' is 'fsGroup' in JSON, 'IP' is 'ip'. */
function jsonName(goName: string): string {
  return goName.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, letters => letters.toLowerCase());
}

/**
 * A value as upstream's errors show it where they show the whole of one: in its internal type, whose fields have no names
 * of their own for JSON.
 */
export function asInternal(value: object, shape: Shape): object {
  const given = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(shape).map(([name, nothing]) => [name, given[jsonName(name)] ?? nothing]),
  );
}
