/** Counts the calls of a method from now on. */
export function countCalls(type, method) {
  const counter = { calls: 0 };
  const original = type.prototype[method];
  type.prototype[method] = function counted(...rest) {
    counter.calls += 1;
    return original.apply(this, rest);
  };
  return counter;
}
