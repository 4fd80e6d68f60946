import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentResource } from '#api/apps/deployment.ts';
import { loadSchemas } from '#api/schemas.ts';
import { OpenApiDocuments } from '../openapi/documents.ts';
import type { Json } from '../openapi/dialect.ts';
import { swaggerToV3 } from './swagger-to-v3.ts';

test('our own document of version 2 becomes that of version 3', async () => {
  const documents = new OpenApiDocuments([deploymentResource], loadSchemas(), {
    version: 'v1.36.0',
    custom: () => undefined,
  });
  const get = async (path: string) => JSON.parse(String((await documents.answer(path))!.body)) as Json;
  const swagger = await get('/openapi/v2');
  const converted = swaggerToV3(swagger as never);
  const own = await get('/openapi/v3/apis/apps/v1');
  const paths = converted.paths as Json;
  for (const [path, item] of Object.entries(own.paths as Json)) assert.deepEqual(paths[path], item);
  assert.deepEqual(converted.info, swagger.info);
  const { schemas } = converted.components as { schemas: Json };
  const references = JSON.stringify(converted).matchAll(/#\/components\/schemas\/([^"]+)"/g);
  for (const [reference, name] of references) assert.ok(schemas[name!], reference);
  assert.ok(!JSON.stringify(converted).includes('#/definitions/'));
});

test('what is said once for a path, and beside a body, is kept', () => {
  const type = { $ref: '#/definitions/Thing' };
  const { paths } = swaggerToV3({
    info: {},
    definitions: {},
    paths: {
      '/things': {
        'x-of': 'things',
        parameters: [{ name: 'limit', in: 'query', type: 'integer', 'x-more': 1 }],
        post: {
          consumes: ['application/json'],
          produces: ['application/json', 'application/yaml'],
          parameters: [{ name: 'body', in: 'body', required: true, schema: type }],
          responses: { 201: { description: 'Created', schema: type }, 401: { description: 'Unauthorized' } },
        },
      },
    },
  });
  const schema = { $ref: '#/components/schemas/Thing' };
  assert.deepEqual(paths, {
    '/things': {
      'x-of': 'things',
      parameters: [{ name: 'limit', in: 'query', 'x-more': 1, schema: { type: 'integer' } }],
      post: {
        requestBody: { required: true, content: { 'application/json': { schema } } },
        responses: {
          201: {
            description: 'Created',
            content: { 'application/json': { schema }, 'application/yaml': { schema } },
          },
          401: { description: 'Unauthorized' },
        },
      },
    },
  });
});
