import type { JSONSchemaProps } from '#api/generated/types/apiextensions.v1.ts';
import type { Dialect, Json } from '../openapi/dialect.ts';

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const junctors = ['allOf', 'oneOf', 'anyOf', 'not'] as const;

/**
 * The definition of a custom resource in OpenAPI. Version 3 tells all that the schema says; of version 2, whose older
 * readers refuse what they do not understand, only what they do.
 */
export function customDocument(props: JSONSchemaProps, dialect: Dialect): Json {
  if (dialect === 'v2' && props['x-kubernetes-preserve-unknown-fields']) return { type: 'object' };
  return withMeta(render(props, dialect), dialect);
}

function withMeta(json: Json, dialect: Dialect): Json {
  const prefix = dialect === 'v2' ? '#/definitions/' : '#/components/schemas/';
  const ref = { $ref: prefix + objectMeta };
  const properties = {
    ...(json.properties as Json | undefined),
    apiVersion: { type: 'string', description: 'The version of the schema that the object is written in.' },
    kind: { type: 'string', description: 'What the object is.' },
    metadata: { ...(dialect === 'v2' ? ref : { allOf: [ref] }), description: 'What all objects have.' },
  };
  return { ...json, properties };
}

function render(props: JSONSchemaProps, dialect: Dialect): Json {
  const { properties, items, additionalProperties, ...rest } =
    dialect === 'v2' ? plain(props) : unfold(props);
  const json: Json = { ...rest };
  if (items) json.items = Array.isArray(items) ? items : render(items, dialect);
  if (properties) {
    const rendered = Object.entries(properties).map(([name, part]) => [name, render(part, dialect)] as const);
    json.properties = Object.fromEntries(rendered);
  }
  if (additionalProperties !== undefined) {
    json.additionalProperties =
      typeof additionalProperties === 'object'
        ? render(additionalProperties as JSONSchemaProps, dialect)
        : additionalProperties;
  }
  if (!props['x-kubernetes-embedded-resource']) return json;
  if (dialect === 'v2' && props['x-kubernetes-preserve-unknown-fields']) return json;
  const required = [...new Set([...(props.required ?? []), 'kind', 'apiVersion'])];
  return { ...withMeta(json, dialect), required };
}

/** An int-or-string says so in JSON schema's own terms too. */
function unfold(props: JSONSchemaProps): JSONSchemaProps {
  if (!props['x-kubernetes-int-or-string']) return props;
  const either = [{ type: 'integer' }, { type: 'string' }];
  const isEither = (schemas: readonly JSONSchemaProps[] | undefined) =>
    schemas?.length === 2 && schemas[0]!.type === 'integer' && schemas[1]!.type === 'string';
  if (isEither(props.anyOf) || isEither(props.allOf?.[0]?.anyOf)) return props;
  if (!props.anyOf) return { ...props, anyOf: either };
  return { ...props, allOf: [{ anyOf: either }, ...(props.allOf ?? [])] };
}

/** Without junctors and defaults; what may be null or anything is untyped, since kubectl knows no other way to say so. */
function plain(props: JSONSchemaProps): JSONSchemaProps {
  const { nullable, ...rest } = props;
  const out: JSONSchemaProps = { ...rest };
  delete out.default;
  for (const junctor of junctors) delete out[junctor];
  const open = props['x-kubernetes-preserve-unknown-fields'];
  if (nullable) delete out.type;
  if (nullable || open) {
    delete out.items;
    delete out.properties;
  }
  if ((out.type === 'array' && !out.items) || (open && out.type === 'object')) delete out.type;
  const required = props.required?.filter(name => !props.properties?.[name]?.nullable);
  if (required?.length) out.required = required;
  else delete out.required;
  return out;
}
