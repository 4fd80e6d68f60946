import type { Json } from '../openapi/dialect.ts';

/** The parts of OpenAPI version 2 that count of an extension's. */
export interface SwaggerParts {
  readonly info: Json;
  readonly paths: Readonly<Record<string, Json>>;
  readonly definitions: Readonly<Record<string, Json>>;
  /** What operations refer to. */
  readonly parameters?: Readonly<Record<string, Json>>;
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']);
/** What a parameter of version 2 says itself; the rest says what its value is, in version 3 in a schema. */
const ofParameter = new Set(['name', 'in', 'description', 'required', 'allowEmptyValue']);

/** The document of version 3 that says what one of version 2 does (kube-openapi's openapiconv). */
export function swaggerToV3({ info, paths, definitions, parameters = {} }: SwaggerParts): Json {
  const listed = (value: unknown) => list(value).map(one => resolved(one, parameters));
  const document = {
    openapi: '3.0.0',
    info,
    paths: mapped(paths, item => path(item, listed)),
    components: { schemas: definitions },
  };
  return JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string'
      ? value.replace(/^#\/definitions\//, '#/components/schemas/')
      : value,
  ) as Json;
}

function mapped(members: unknown, map: (member: Json, name: string) => unknown): Json {
  const entries = Object.entries((members ?? {}) as Record<string, Json>);
  return Object.fromEntries(entries.map(([name, member]) => [name, map(member, name)]));
}

const sharedPrefix = '#/parameters/';

function resolved(parameter: Json, shared: Readonly<Record<string, Json>>): Json {
  const name = String(parameter.$ref ?? '').slice(sharedPrefix.length);
  return Object.hasOwn(shared, name) ? shared[name]! : parameter;
}

function path(item: Json, listed: typeof list): Json {
  return mapped(item, (member, name) => {
    if (methods.has(name)) return operation(member, listed);
    return name === 'parameters' ? listed(member).map(parameter) : member;
  });
}

function operation(
  { parameters, consumes, produces, responses, schemes: _, ...rest }: Json,
  listed: typeof list,
): Json {
  const all = listed(parameters);
  const body = all.find(one => one.in === 'body');
  const others = all.filter(one => one.in !== 'body');
  return {
    ...rest,
    ...(others.length > 0 ? { parameters: others.map(parameter) } : {}),
    ...(body ? { requestBody: requestBody(body, consumes) } : {}),
    responses: mapped(responses, one => response(one, produces)),
  };
}

function requestBody({ description, required, schema }: Json, consumes: unknown): Json {
  return {
    ...(description === undefined ? {} : { description }),
    ...(required === undefined ? {} : { required }),
    content: content(consumes, schema),
  };
}

function response({ schema, ...rest }: Json, produces: unknown): Json {
  return schema === undefined ? rest : { ...rest, content: content(produces, schema) };
}

function content(types: unknown, schema: unknown): Json {
  return Object.fromEntries(((types ?? []) as string[]).map(type => [type, { schema }]));
}

function parameter(one: Json): Json {
  if ('$ref' in one) return one;
  const isOwn = ([name]: [string, unknown]) => ofParameter.has(name) || name.startsWith('x-');
  const members = Object.entries(one);
  const value = Object.fromEntries(members.filter(member => !isOwn(member)));
  return { ...Object.fromEntries(members.filter(isOwn)), schema: value };
}

function list(value: unknown): Json[] {
  return (value ?? []) as Json[];
}
