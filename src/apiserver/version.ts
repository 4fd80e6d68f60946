import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';

/** What /version answers (version.Info). */
export const versionInfo = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.0+coxswain',
  gitCommit: 'unknown',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: 'linux/amd64',
};

/** The same as /metrics tells it. */
export const buildInfo: MetricFamily = new SampledFamily(
  { name: 'kubernetes_build_info', help: 'Of which build this is: always 1.', stability: 'BETA' },
  () => {
    const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate } = versionInfo;
    const labels = {
      build_date: buildDate,
      compiler: versionInfo.compiler,
      git_commit: gitCommit,
      git_tree_state: gitTreeState,
      git_version: gitVersion,
      go_version: versionInfo.goVersion,
      major,
      minor,
      platform: versionInfo.platform,
    };
    return [[labels, 1]];
  },
);

/** The same of how far it goes along with others of its kind. */
export const compatibilityInfo: MetricFamily = new SampledFamily(
  {
    name: 'version_info',
    help: 'Provides the compatibility version info of the component. The component label is the name of the component, usually kube, but is relevant for aggregated-apiservers.',
    stability: 'ALPHA',
  },
  () => {
    const { gitVersion, emulationMajor, emulationMinor } = versionInfo;
    const { minCompatibilityMajor, minCompatibilityMinor } = versionInfo;
    const [, binary = ''] = /^v([\d.]+)/.exec(gitVersion) ?? [];
    const labels = {
      binary,
      component: 'kube',
      emulation: `${emulationMajor}.${emulationMinor}`,
      min_compat: `${minCompatibilityMajor}.${minCompatibilityMinor}`,
    };
    return [[labels, 1]];
  },
);
