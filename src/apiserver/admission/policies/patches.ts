import { ConstructedObject } from '#cel/library/mutation.ts';
import { NotJson, configurationJson, patchJson } from '#cel/library/mutation-json.ts';
import { CelList, CelMap, type CelValue } from '#cel/values.ts';
import type { KubeObject } from '#machinery/object.ts';
import { mergeTyped } from '#machinery/managed/merge.ts';
import { declaredField, isAtomicList, isAtomicMap } from '#machinery/managed/typed.ts';
import { validateTyped } from '#machinery/managed/validate.ts';
import { patchFailure } from '#machinery/patch/errors.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import type { ListSchema, ObjectSchema, Schema } from '#machinery/schema.ts';

/** A mutation that evaluated to what cannot be done. */
export class MutationError extends Error {
  override readonly name = 'MutationError';
}

/** `refusal` says what it means that a value has no form in JSON. */
function asJson(make: () => unknown, refusal: string): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof NotJson) throw new MutationError(`${refusal}: ${error.message}`);
    throw error;
  }
}

/** An object that was constructed must be of the type that its place has: Object.spec stands under Object's spec. */
function checkTypeNames(value: CelValue, path: string): void {
  if (value instanceof ConstructedObject) {
    const { name } = value.type;
    if (name !== path) {
      throw new MutationError(
        `type mismatch: unexpected type name ${JSON.stringify(name)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
      );
    }
    for (const [field, part] of value.fields) checkTypeNames(part, `${path}.${field}`);
  } else if (value instanceof CelList) for (const item of value) checkTypeNames(item, path);
  else if (value instanceof CelMap) for (const key of value.keys()) checkTypeNames(value.find(key)!, path);
}

/** The object with what `configuration` (an Object{…}) states put over it. Throws MutationError. */
export function applyObject(schema: ObjectSchema, live: KubeObject, configuration: CelValue): unknown {
  if (!(configuration instanceof ConstructedObject)) {
    throw new MutationError('unsupported return type from ApplyConfiguration expression');
  }
  checkTypeNames(configuration, 'Object');
  const { apiVersion, kind } = live;
  const stated = {
    ...(asJson(() => configurationJson(configuration), 'error applying patch') as object),
    apiVersion,
    kind,
  };
  const failing = (what: string, run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      throw new MutationError(`error applying patch: ${what}: ${(error as Error).message}`);
    }
  };
  failing('failed to convert patch object to typed object', () => validateTyped(schema, stated));
  const atomics = findAtomics(schema, stated, '');
  if (atomics.length > 0) {
    throw new MutationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
    );
  }
  return failing('failed to merge patch', () => mergeTyped(schema, live, stated));
}

/** Where the value states a part that can only be replaced whole: more would go than was meant. */
function findAtomics(schema: Schema, value: unknown, path: string): string[] {
  if (Array.isArray(value) && schema.type === 'list') {
    const list: ListSchema = schema;
    return [
      ...(isAtomicList(list) ? [path] : []),
      ...value.flatMap((item, i) => findAtomics(list.items, item, `${path}[${i}]`)),
    ];
  }
  const isMap = schema.type === 'object' || schema.type === 'map';
  if (!isMap || typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return [
    ...(isAtomicMap(schema) ? [path] : []),
    ...Object.entries(value).flatMap(([name, part]) => {
      const field = declaredField(schema, name);
      return field ? findAtomics(field, part, `${path}.${name}`) : [];
    }),
  ];
}

/** The object with a list of JSONPatch{…} applied; undefined where one of its tests fails. Throws MutationError. */
export function applyPatches(live: KubeObject, patches: CelValue): unknown {
  if (!(patches instanceof CelList)) {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array');
  }
  const operations = [...patches].map(patch => {
    const { fields } = patch as ConstructedObject;
    const value = fields.get('value');
    const operation = { op: '', path: '', ...Object.fromEntries(fields) };
    if (value === undefined) return operation;
    if (value instanceof ConstructedObject) checkTypeNames(value, value.type.name);
    const refusal = 'JSONPath valueExpression evaluated to a type that could not marshal to JSON';
    return { ...operation, value: asJson(() => patchJson(value), refusal) };
  });
  try {
    return applyJsonPatch(live, operations);
  } catch (error) {
    const message = patchFailure(error);
    if (message.endsWith(': test failed')) return undefined;
    throw new MutationError(`JSON Patch: ${message}`);
  }
}
