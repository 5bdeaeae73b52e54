const needed = { major: 20, minor: 19 };

/**
 * Why this Node cannot run Hearth; null when it can.
 * @param {string} version such as `20.19.0`
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > needed.major || (major === needed.major && minor >= needed.minor);
  if (isEnough) return null;
  return `Hearth needs Node ${needed.major}.${needed.minor} or newer, and this is ${version}. Get a newer one from https://nodejs.org/.`;
}
