/** What the build tools run on: `^20.19 || >=22.12`. */
const lines = [
  { major: 20, minor: 19 },
  { major: 22, minor: 12 },
];

/**
 * Why this Node cannot run Hearth; null when it can.
 * @param {string} version such as `20.19.0`
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || lines.some((line) => line.major === major && minor >= line.minor)) return null;
  return `Hearth needs Node 20.19, or 22.12 or newer, and this is ${version}. Get a newer one from https://nodejs.org/.`;
}
