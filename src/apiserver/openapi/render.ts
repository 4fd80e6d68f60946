import { compareStrings } from '#machinery/bytes.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import type { Components } from './components.ts';
import type { Dialect, Json } from './dialect.ts';
import {
  type MetaType,
  type Operation,
  type PathOperations,
  type QueryParameter,
  tagOf,
} from './operations.ts';
import { versionInfoSchema } from './root-paths.ts';

/** Where operations find the types that they name. */
export interface OperationTypes {
  /** The type of a kind; its list's with `list`. */
  typeOf(operation: Operation, list: boolean): ObjectSchema | undefined;
  meta(name: MetaType): ObjectSchema;
  /** A custom resource: no protobuf, no strategic merge. */
  readonly custom: boolean;
}

const patchName = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';
const patchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];
const objectTypes = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];
const watchTypes = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const customPatchTypes = patchTypes.filter(type => !type.includes('strategic'));
const customTypes = ['application/json', 'application/yaml'];
const codeTexts: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** One entry of a document's `paths`. */
export function renderPath(
  dialect: Dialect,
  path: PathOperations,
  groupVersion: { group: string; version: string },
  components: Components,
  types: OperationTypes,
): Json {
  const entry: Json = {};
  const isOfObjects = path.operations.some(({ action }) => action !== undefined);
  if (isOfObjects) {
    const query = [...(path.query ?? []), { name: 'pretty', type: 'string' } as const];
    entry.parameters = [
      ...path.parameters.map(name => pathParameter(dialect, name)),
      ...query.map(parameter => queryParameter(dialect, parameter)),
    ].sort(byName);
  }
  for (const operation of path.operations) {
    const parts = new OperationParts(dialect, operation, components, types);
    entry[operation.method] = {
      description: operation.description,
      operationId: operation.id,
      tags: [path.tag ?? tagOf(groupVersion.group, groupVersion.version)],
      ...(dialect === 'v3' ? parts.v3() : parts.v2()),
      ...(operation.action ? { 'x-kubernetes-action': operation.action } : {}),
      ...(operation.kind ? { 'x-kubernetes-group-version-kind': operation.kind } : {}),
    };
  }
  return entry;
}

function byName(a: Json, b: Json): number {
  return compareStrings(String(a.name), String(b.name));
}

function pathParameter(dialect: Dialect, name: string): Json {
  const type = { type: 'string', uniqueItems: true };
  return { in: 'path', name, required: true, ...(dialect === 'v3' ? { schema: type } : type) };
}

function queryParameter(dialect: Dialect, { name, type }: QueryParameter): Json {
  const schema = { type, uniqueItems: true };
  return { in: 'query', name, ...(dialect === 'v3' ? { schema } : schema) };
}

class OperationParts {
  readonly #dialect: Dialect;
  readonly #operation: Operation;
  readonly #components: Components;
  readonly #types: OperationTypes;

  constructor(dialect: Dialect, operation: Operation, components: Components, types: OperationTypes) {
    this.#dialect = dialect;
    this.#operation = operation;
    this.#components = components;
    this.#types = types;
  }

  v3(): Json {
    const body = this.#body();
    return {
      ...(this.#operation.query.length > 0 ? { parameters: this.#query() } : {}),
      ...(body
        ? {
            requestBody: {
              content: content(this.#consumes, body),
              ...(this.#optional ? {} : { required: true }),
            },
          }
        : {}),
      responses: this.#responses(answer => ({ content: content(this.#produces, answer) })),
    };
  }

  v2(): Json {
    const body = this.#body();
    const parameter = {
      in: 'body',
      name: 'body',
      ...(this.#optional ? {} : { required: true }),
      schema: body,
    };
    return {
      consumes: this.#consumes,
      produces: this.#produces,
      schemes: ['https'],
      parameters: [...(body ? [parameter] : []), ...this.#query()],
      responses: this.#responses(answer => ({ schema: answer })),
    };
  }

  get #consumes(): readonly string[] {
    const { custom } = this.#types;
    if (this.#operation.body === 'patch') return custom ? customPatchTypes : patchTypes;
    return custom ? customTypes : ['*/*'];
  }

  get #optional(): boolean {
    return this.#operation.body === 'deleteOptions';
  }

  #query(): Json[] {
    return this.#operation.query.map(parameter => queryParameter(this.#dialect, parameter)).sort(byName);
  }

  #body(): Json | undefined {
    switch (this.#operation.body) {
      case 'object': {
        const type = this.#types.typeOf(this.#operation, false);
        return type && this.#components.reference(type);
      }
      case 'patch':
        return this.#components.leaf(patchName);
      case 'deleteOptions':
        return this.#components.reference(this.#types.meta('DeleteOptions'));
      default:
        return undefined;
    }
  }

  #answer(): Json {
    const { answer } = this.#operation;
    if (answer === 'text') return { type: 'string' };
    if (answer === 'version') return this.#components.reference(versionInfoSchema);
    const type =
      answer === 'object' || answer === 'list'
        ? this.#types.typeOf(this.#operation, answer === 'list')
        : this.#types.meta(answer);
    return type ? this.#components.reference(type) : { type: 'object' };
  }

  get #produces(): readonly string[] {
    const { answer, action, produces } = this.#operation;
    if (produces) return produces;
    if (this.#types.custom) return customTypes;
    if (answer === 'list' || answer === 'WatchEvent') return [...objectTypes, ...watchTypes];
    if (answer !== 'text') return objectTypes;
    return action === 'connect' ? ['*/*'] : ['text/plain', ...objectTypes];
  }

  #responses(render: (answer: Json) => Json): Json {
    const answer = this.#answer();
    const good = this.#operation.codes.map(code => [
      String(code),
      { description: codeTexts[code], ...render(answer) },
    ]);
    return Object.fromEntries([...good, ['401', { description: 'Unauthorized' }]]);
  }
}

function content(types: readonly string[], schema: Json): Json {
  return Object.fromEntries(types.map(type => [type, { schema }]));
}
