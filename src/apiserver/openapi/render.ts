import { compareStrings } from '#machinery/bytes.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import type { Components } from './components.ts';
import type { Dialect, Json } from './dialect.ts';
import { type MetaType, type Operation, type PathOperations, objectTypes, tagOf } from './operations.ts';
import type { SharedParameters } from './shared-parameters.ts';
import { type Parameter, commonParameters, isSame } from './parameters.ts';
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
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const watchTypes = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const customPatchTypes = patchTypes.filter(type => !type.includes('strategic'));
const customTypes = ['application/json', 'application/yaml'];
const codeTexts: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** What paths refer to. */
export interface PathParts {
  readonly dialect: Dialect;
  readonly components: Components;
  readonly parameters: SharedParameters;
  readonly types: OperationTypes;
}

/** One entry of a document's `paths`. */
export function renderPath(
  path: PathOperations,
  groupVersion: { group: string; version: string },
  parts: PathParts,
): Json {
  const entry: Json = {};
  const common = commonParameters(path.operations.map(({ parameters }) => parameters));
  if (common.length > 0) entry.parameters = renderParameters(parts, common);
  for (const operation of path.operations) {
    const own = operation.parameters.filter(one => !common.some(other => isSame(one, other)));
    const rendered = new OperationParts({ ...operation, parameters: own }, parts);
    entry[operation.method] = {
      description: operation.description,
      operationId: operation.id,
      tags: [path.tag ?? tagOf(groupVersion.group, groupVersion.version)],
      ...(parts.dialect === 'v3' ? rendered.v3() : rendered.v2()),
      ...(operation.action ? { 'x-kubernetes-action': operation.action } : {}),
      ...(operation.kind ? { 'x-kubernetes-group-version-kind': operation.kind } : {}),
    };
  }
  return entry;
}

/** In the order of documents, in version 2 with the body among them. The members are in the order that Go writes. */
function renderParameters(
  { dialect, parameters: all }: PathParts,
  parameters: readonly Parameter[],
  body?: Json,
): Json[] {
  const rendered = parameters.map(({ name, in: place, type, description }): Json => {
    const required = place === 'path' ? { required: true } : {};
    return dialect === 'v3'
      ? { name, in: place, description, ...required, schema: { type, uniqueItems: true } }
      : { uniqueItems: true, type, description, name, in: place, ...required };
  });
  if (body) rendered.push(body);
  rendered.sort(byNameAndPlace);
  return dialect === 'v3' ? rendered : rendered.map(parameter => all.shared(parameter));
}

function byNameAndPlace(a: Json, b: Json): number {
  return compareStrings(String(a.name), String(b.name)) || compareStrings(String(a.in), String(b.in));
}

class OperationParts {
  readonly #operation: Operation;
  readonly #parts: PathParts;
  readonly #components: Components;
  readonly #types: OperationTypes;

  constructor(operation: Operation, parts: PathParts) {
    this.#operation = operation;
    this.#parts = parts;
    this.#components = parts.components;
    this.#types = parts.types;
  }

  v3(): Json {
    const body = this.#body();
    const parameters = renderParameters(this.#parts, this.#operation.parameters);
    return {
      ...(parameters.length > 0 ? { parameters } : {}),
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
    const parameters = renderParameters(this.#parts, this.#operation.parameters, this.#bodyParameter());
    return {
      ...(this.#consumes.length > 0 ? { consumes: this.#consumes } : {}),
      produces: this.#produces,
      schemes: ['https'],
      ...(parameters.length > 0 ? { parameters } : {}),
      responses: this.#responses(answer => ({ schema: answer })),
    };
  }

  get #consumes(): readonly string[] {
    const { custom } = this.#types;
    if (this.#operation.body === 'patch') return custom ? customPatchTypes : patchTypes;
    return this.#operation.consumes ?? (custom ? customTypes : ['*/*']);
  }

  get #optional(): boolean {
    return this.#operation.body === 'deleteOptions';
  }

  #bodyParameter(): Json | undefined {
    const schema = this.#body();
    return schema && { name: 'body', in: 'body', ...(this.#optional ? {} : { required: true }), schema };
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
    const { answer, produces } = this.#operation;
    if (produces) return produces;
    if (this.#types.custom) return customTypes;
    return answer === 'list' || answer === 'WatchEvent' ? [...objectTypes, ...watchTypes] : objectTypes;
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
