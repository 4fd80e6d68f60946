import { assert } from '#base/assert.ts';
import { countsAsNone, withoutNone } from '#base/equal.ts';
import { compareStrings } from '#machinery/bytes.ts';
import { internals } from './generated/internals.ts';

type Loose = Readonly<Record<string, unknown>>;

/** How a value of some type is shown. `nothing`: what stands for one that is not set. */
interface Form {
  readonly show: (value: unknown) => unknown;
  readonly nothing: () => unknown;
}

interface Field {
  readonly name: string;
  readonly jsonName: string;
  readonly form: Form;
  readonly omitsEmpty: boolean;
}

/** 'FSGroup' is 'fsGroup' in JSON, 'IP' is 'ip'. */
export function jsonNameOf(goName: string): string {
  return goName.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, letters => letters.toLowerCase());
}

/** As JSON shows it. */
const same = withoutNone;
const plain = (nothing: unknown): Form => ({ show: same, nothing: () => nothing });
const plainForms: Readonly<Record<string, Form>> = {
  s: plain(''),
  n: plain(0),
  b: plain(false),
  v: plain(null),
  v0: plain(0),
  'v"': plain('0'),
  'v{': { show: same, nothing: () => ({}) },
};

/** What stands elsewhere in a type than in the API. */
const moved: Readonly<Record<string, (value: never) => Loose>> = {
  'apiextensions.JSONSchemaPropsOrArray': (items: unknown) =>
    Array.isArray(items) ? { jsonSchemas: items } : { schema: items },
  'apiextensions.JSONSchemaPropsOrBool': (values: unknown) =>
    typeof values === 'boolean' ? { allows: values } : { allows: true, schema: values },
  'apiextensions.JSONSchemaPropsOrStringArray': (needed: unknown) =>
    Array.isArray(needed) ? { property: needed } : { schema: needed },
  'core.PodSpec': ({ hostNetwork, hostPID, hostIPC, hostUsers, shareProcessNamespace, ...spec }: Loose) => ({
    ...spec,
    securityContext: {
      ...(spec.securityContext as Loose | undefined),
      ...{ hostNetwork, hostPID, hostIPC, hostUsers, shareProcessNamespace },
    },
  }),
};

class InternalTypes {
  readonly #fields = new Map<string, readonly Field[]>();
  #lines: ReadonlyMap<string, string> | undefined;

  show(type: string, given: Loose): Loose {
    const value = moved[type]?.(given as never) ?? given;
    const shown: Record<string, unknown> = {};
    for (const { name, jsonName, form, omitsEmpty } of this.#fieldsOf(type)) {
      const member = jsonName === '' ? value : value[jsonName];
      if (name === '+') Object.assign(shown, member === undefined ? {} : form.show(member));
      else if (member !== undefined && member !== null && !(omitsEmpty && countsAsNone(member))) {
        shown[name] = form.show(member);
      } else if (!omitsEmpty) shown[name] = form.nothing();
    }
    return shown;
  }

  #fieldsOf(type: string): readonly Field[] {
    let fields = this.#fields.get(type);
    if (!fields) {
      const [, ...words] = this.#lineOf(type)?.split(' ') ?? [];
      fields = words.map(word => this.#field(word));
      this.#fields.set(type, fields);
    }
    return fields;
  }

  /** A type without fields has none. */
  #lineOf(type: string): string | undefined {
    this.#lines ??= new Map(internals.split('\n').map(line => [line.slice(0, line.indexOf(' ')), line]));
    return this.#lines.get(type);
  }

  has(type: string): boolean {
    return this.#lineOf(type) !== undefined;
  }

  #field(word: string): Field {
    const at = word.indexOf(':');
    const [name = '', jsonName = jsonNameOf(name)] = word.slice(0, at).split('=');
    const omitsEmpty = word[at + 1] === '?';
    const code = word.slice(at + (omitsEmpty ? 2 : 1));
    if (code === 'meta') return { name: '+', jsonName: 'metadata', form: plainForms.v!, omitsEmpty };
    return { name, jsonName: name === '+' ? '' : jsonName, form: this.#form(code), omitsEmpty };
  }

  #form(code: string): Form {
    const element = () => this.#form(code.slice(1));
    switch (code[0]) {
      case '*':
        return { show: element().show, nothing: () => null };
      case '[': {
        const { show } = element();
        return { show: value => (value as unknown[]).map(show), nothing: () => null };
      }
      case '{': {
        const { show } = element();
        return { show: value => showMap(value as Loose, show), nothing: () => null };
      }
    }
    const show = (value: unknown) =>
      typeof value === 'object' || moved[code] ? this.show(code, value as Loose) : value;
    return plainForms[code] ?? { show, nothing: () => show({}) };
  }
}

function showMap(value: Loose, show: (value: unknown) => unknown): Loose {
  const keys = Object.keys(value).sort(compareStrings);
  return Object.fromEntries(keys.map(key => [key, show(value[key])]));
}

const types = new InternalTypes();

/**
 * A value as upstream's errors show it where they show the whole of one: in its internal type, whose fields have no names
 * of their own for JSON. `type`: e.g. 'apps.DeploymentStrategy'.
 */
export function asInternal(type: string, value: object | null | undefined): object | null {
  assert(types.has(type), `no internal type ${type}`);
  return value ? types.show(type, value as Loose) : null;
}
