import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';

/** What /version answers (version.Info). */
export const versionInfo = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+coxswain',
  gitCommit: 'unknown',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: 'linux/amd64',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
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
