/**
 * The one table of who may touch what. `tools/check.ts` enforces it on every import; a file that no rule names fails.
 */

export interface Layer {
  /** Folder, from the root. The longest that fits a file counts. */
  readonly path: string;
  /** Rooms it may import by '#room/…' (its own always). '*' is all. */
  readonly rooms: readonly string[];
  /** npm packages it may import. '*' is all. */
  readonly packages?: readonly string[];
  /** It may do I/O: node: modules, and the platform's clock, timers, randomness and process. */
  readonly adapter?: boolean;
  /** node: modules that do no I/O and are allowed all the same. */
  readonly node?: readonly string[];
}

const everything: readonly string[] = ['*'];
const component = ['base', 'machinery', 'api', 'client', 'runtime'];

export const layers: readonly Layer[] = [
  { path: 'src/base', rooms: [] },
  { path: 'src/base/join-streams.ts', rooms: [], node: ['node:stream'] },
  { path: 'src/machinery', rooms: ['base'], packages: ['re2js', 'yaml'] },
  { path: 'src/api', rooms: ['base', 'machinery', 'cel'], packages: [], node: ['node:crypto'] },
  { path: 'src/cel', rooms: ['base', 'machinery'], packages: ['re2js'] },
  { path: 'src/store', rooms: ['base', 'machinery'] },
  {
    path: 'src/store/sealed',
    rooms: ['base', 'machinery'],
    packages: ['@noble/ciphers'],
    node: ['node:crypto'],
  },
  { path: 'src/store/sqlite', rooms: ['base', 'machinery'], adapter: true },
  { path: 'src/client', rooms: ['base', 'machinery', 'api'], packages: ['yaml'] },
  { path: 'src/client/trust.ts', rooms: ['base', 'machinery', 'api'], node: ['node:net', 'node:tls'] },
  { path: 'src/client/https.ts', rooms: ['base', 'machinery', 'api'], adapter: true },
  { path: 'src/runtime', rooms: ['base', 'machinery', 'api', 'client'] },
  {
    path: 'src/apiserver',
    rooms: ['base', 'machinery', 'api', 'cel', 'store', 'client'],
    node: ['node:stream', 'node:crypto'],
  },
  { path: 'src/apiserver/openapi/descriptions.ts', rooms: ['base', 'machinery', 'api'], adapter: true },
  {
    path: 'src/apiserver/proxy/node-backends.ts',
    rooms: ['base', 'machinery', 'api', 'store', 'client'],
    adapter: true,
  },
  { path: 'src/apiserver/pki', rooms: ['base', 'machinery', 'api'], adapter: true },
  {
    path: 'src/apiserver/http',
    rooms: ['base', 'machinery', 'api', 'cel', 'store', 'client'],
    packages: ['ws', 'yaml'],
    adapter: true,
  },
  { path: 'src/controllers', rooms: component, node: ['node:crypto'] },
  { path: 'src/scheduler', rooms: component },
  { path: 'src/kubelet', rooms: component },
  {
    path: 'src/kubelet/cri',
    rooms: component,
    packages: ['@grpc/grpc-js'],
    adapter: true,
  },
  { path: 'src/kubelet/engine', rooms: component, adapter: true },
  { path: 'src/kubelet/host', rooms: component, packages: ['@grpc/grpc-js'], adapter: true },
  { path: 'src/kubelet/streaming', rooms: component, packages: ['ws'], adapter: true },
  { path: 'src/kubelet/server', rooms: component, packages: ['ws'], adapter: true },
  { path: 'src/network', rooms: component, packages: ['dns-packet'] },
  { path: 'src/network/proxy/host-health.ts', rooms: component, adapter: true },
  { path: 'src/network/proxy/host-netfilter.ts', rooms: component, adapter: true },
  { path: 'src/network/dns/sockets.ts', rooms: component, packages: ['dns-packet'], adapter: true },
  { path: 'src/registry', rooms: component },
  { path: 'src/registry/images', rooms: component, packages: ['tar-stream'], adapter: true },
  { path: 'src/why', rooms: [...component, 'scheduler'] },
  { path: 'src/cli', rooms: component, packages: ['tar-stream', 'yaml'], node: ['node:stream'] },
  { path: 'src/cli/kustomize', rooms: component, packages: ['yaml'], node: ['node:crypto'] },
  { path: 'src/cli/node-io.ts', rooms: component, adapter: true },
  { path: 'src/cli/node-proxy.ts', rooms: component, adapter: true },
  { path: 'src/cli/node-connection.ts', rooms: component, packages: ['ws'], adapter: true },
  { path: 'src/main', rooms: everything, packages: everything, adapter: true },
  { path: 'src/explore', rooms: [...component, 'store', 'apiserver', 'scheduler', 'kubelet', 'main'] },
  { path: 'sim', rooms: everything, packages: everything, adapter: true },
  { path: 'test', rooms: everything, packages: everything, adapter: true },
  { path: 'bench', rooms: everything, packages: everything, adapter: true },
  { path: 'tools', rooms: everything, packages: everything, adapter: true },
  { path: 'examples', rooms: everything, packages: everything, adapter: true },
];

/** Text that only adapters may hold, each with what to use instead. */
export const bans: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\(/, 'the Clock'],
  [/\bnew Date\(\)/, 'the Clock'],
  [/\bMath\.random\(/, 'the Random'],
  [/\brandomUUID\(/, 'randomUuid(random)'],
  [/\b(?:setTimeout|setInterval|setImmediate)\(/, 'the Clock'],
  [
    /\bprocess\.(?:env|exit|argv|cwd|nextTick|hrtime|platform|on|kill|stdout|stderr|stdin|getuid)\b/,
    'a port',
  ],
  [/\bperformance\.now\(/, 'the Clock'],
  [/\bconsole\./, 'the Log'],
];
