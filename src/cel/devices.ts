/** What the selectors of devices may use (dynamic-resource-allocation/cel), and the checks of what they evaluate to. */
import { type Compiled, typeName } from './admission.ts';
import { compile } from './compile.ts';
import type { Declaration } from './declaration.ts';
import {
  boolDeclaration,
  dynDeclaration,
  mapDeclaration,
  objectDeclaration,
  stringDeclaration,
  valueDeclaration,
} from './declare.ts';
import { isJsonObject, JsonMap, wrongType } from './json-values.ts';
import { selectorEnvironment } from './kubernetes.ts';
import { quantityType, toQuantity } from './library/quantity.ts';
import { toSemver } from './library/semver.ts';
import { boolType, dynType, sameType } from './types.ts';
import { ArrayList, CelError, type CelMap, type CelValue } from './values.ts';

/** What one selector may cost for one device. */
export const deviceSelectorCostMax = 1_000_000;

// The bounds of the API's own fields.
const valueMax = 64;
const domainMax = 63;
const idMax = 32;
const entriesMax = 32;

function sized(declaration: Declaration, maxElements: number): Declaration {
  return { ...declaration, maxElements };
}

const attribute: Declaration = { ...sized(dynDeclaration, valueMax), read: readAttribute };
const capacity: Declaration = {
  ...valueDeclaration(quantityType),
  read: json => (typeof json === 'string' ? toQuantity(json) : wrongType('string', json)),
};

/** The one of its fields that a device's attribute has. */
function readAttribute(json: unknown): CelValue {
  if (!isJsonObject(json)) return wrongType('map', json);
  if (typeof json.version === 'string') return toSemver(json.version);
  const { int, bool, string, ints, bools, strings, versions } = json;
  const value = int ?? bool ?? string ?? ints ?? bools ?? strings;
  if (value !== undefined) return dynDeclaration.read(value);
  return Array.isArray(versions)
    ? new ArrayList(versions.map(version => toSemver(String(version))))
    : new CelError('unsupported attribute value');
}

/** What is asked of a domain that the device has nothing of is a question to an empty map. */
class Domains extends JsonMap {
  override find(key: CelValue): CelValue | undefined {
    return super.find(key) ?? (typeof key === 'string' ? noIds : undefined);
  }
}

const noIds: CelMap = new JsonMap({}, dynDeclaration);

/** Entries that are selected as fields are of the same size, whatever their name. */
class EveryField extends Map<string, Declaration> {
  readonly #declaration: Declaration;

  constructor(declaration: Declaration) {
    super();
    this.#declaration = declaration;
  }

  override get(): Declaration {
    return this.#declaration;
  }
}

/** By domain, then by id. */
function byName(element: Declaration, fields?: ReadonlyMap<string, Declaration>): Declaration {
  const key = (max: number) => ({ key: sized(stringDeclaration, max) });
  const inner = {
    ...sized(mapDeclaration(element), entriesMax),
    ...key(idMax),
    ...(fields ? { fields } : {}),
  };
  const read = (json: unknown) => (isJsonObject(json) ? new Domains(json, inner) : wrongType('map', json));
  return { ...sized(mapDeclaration(inner), entriesMax), ...key(domainMax), read };
}

const device = objectDeclaration('kubernetes.DRADevice', {
  driver: sized(stringDeclaration, domainMax),
  attributes: byName(attribute, new EveryField(attribute)),
  capacity: byName(capacity),
  allowMultipleAllocations: boolDeclaration,
});

/** Compiles a selector; the error is what follows `Invalid value: "…": `. */
export function compileDeviceSelector(expression: string): Compiled {
  const { program, issues } = compile(expression, selectorEnvironment().with({ device }));
  if (!program) return { error: `compilation failed: ${issues}` };
  const { resultType } = program;
  if (sameType(resultType, boolType) || sameType(resultType, dynType)) return { program };
  return { error: `must evaluate to bool or the unknown type, not ${typeName(resultType)}` };
}
