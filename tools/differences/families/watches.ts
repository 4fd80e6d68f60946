import { type Family, answered, configMap, get, object, post, refused } from '../case.ts';

const maps = '/api/v1/namespaces/watches/configmaps';
const watch = (query: string) => get(`${maps}?watch=true&timeoutSeconds=1&${query}`);
const listError = 'ListOptions.meta.k8s.io "" is invalid: ';

/** Streams of changes. */
export const watchesFamily: Family = {
  title: 'Watches',
  source:
    'apiserver endpoints/handlers/watch.go and storage/cacher, apimachinery apis/meta/internalversion/validation, KEP-3157',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'watches')),
    post(maps, configMap('a', {}, { labels: { app: 'x' } })),
    post(maps, configMap('b')),
  ],
  cases: [
    answered('from any revision', watch('resourceVersion=0'), 200, {
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      frames: [
        { type: 'ADDED', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } } },
        { type: 'ADDED', object: { metadata: { name: 'b' } } },
      ],
    }),
    answered('from no revision, with bookmarks', watch('labelSelector=app&allowWatchBookmarks=true'), 200, {
      frames: [
        { type: 'ADDED', object: { metadata: { name: 'a' } } },
        { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
      ],
    }),
    refused(
      'from no revision, and from where a list ended',
      watch('continue=x'),
      422,
      'Invalid',
      `${listError}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`,
    ),
    answered('from no revision', watch('labelSelector=app'), 200, {
      frames: [{ type: 'ADDED', object: { metadata: { name: 'a' } } }],
    }),
    answered(
      'with initial events',
      watch('sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan'),
      200,
      {
        frames: [
          { type: 'ADDED' },
          { type: 'ADDED' },
          {
            type: 'BOOKMARK',
            object: {
              kind: 'ConfigMap',
              metadata: { resourceVersion: /^\d+$/, annotations: { 'k8s.io/initial-events-end': 'true' } },
            },
          },
        ],
      },
    ),
    answered(
      'of an old path',
      get('/api/v1/watch/namespaces/watches/configmaps?timeoutSeconds=1&resourceVersion=0'),
      200,
      {
        frames: [{ type: 'ADDED' }, { type: 'ADDED' }],
      },
    ),
    answered(
      'of one by its old path',
      get('/api/v1/watch/namespaces/watches/configmaps/b?timeoutSeconds=1&resourceVersion=0'),
      200,
      {
        frames: [{ type: 'ADDED', object: { metadata: { name: 'b' } } }],
      },
    ),
    answered(
      'as a table',
      get(`${maps}?watch=1&timeoutSeconds=1&resourceVersion=0`, {
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      }),
      200,
      {
        frames: [
          {
            type: 'ADDED',
            object: {
              kind: 'Table',
              columnDefinitions: [{ name: 'Name' }, {}, {}],
              rows: [{ cells: ['a', 0, /s$/] }],
            },
          },
          {
            type: 'ADDED',
            object: { kind: 'Table', columnDefinitions: null, rows: [{ cells: ['b', 0, /s$/] }] },
          },
        ],
      },
    ),
    answered(
      'as protobuf',
      get(`${maps}?watch=1&timeoutSeconds=1&resourceVersion=0`, {
        accept: 'application/vnd.kubernetes.protobuf;stream=watch',
      }),
      200,
      {
        headers: { 'content-type': 'application/vnd.kubernetes.protobuf;stream=watch' },
        text: /^\0\0[\s\S]*k8s\0/,
      },
    ),
    refused(
      'a revision that is none',
      watch('resourceVersion=x'),
      500,
      '',
      'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ),
    refused(
      'a time-out that is none',
      get(`${maps}?watch=1&timeoutSeconds=x`),
      400,
      'BadRequest',
      /parsing "x": invalid syntax$/,
    ),
    refused(
      'initial events without a match',
      watch('sendInitialEvents=true'),
      422,
      'Invalid',
      `${listError}resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
    ),
    refused(
      'a match without initial events',
      watch('resourceVersion=1&resourceVersionMatch=NotOlderThan'),
      422,
      'Invalid',
      `${listError}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
    ),
    refused(
      'a field that cannot be selected',
      watch('fieldSelector=a%3Db'),
      400,
      'BadRequest',
      '"a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
    refused(
      'a revision that is gone',
      watch('resourceVersion=1&allowWatchBookmarks=true'),
      410,
      'Expired',
      /^too old resource version: 1 \(\d+\)$/,
      {
        differs:
          'Upstream answers 200 and an ERROR frame with this Status, or the changes where its window still has them, as ours does here: nothing was compacted yet.',
      },
    ),
  ],
};
