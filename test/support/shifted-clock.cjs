// Shifts the wall clock of a Node process by the milliseconds that stand in `file`, also while it runs. Timers and
// performance.now() go on as they are, as with a clock that an operator or NTP sets anew.
const { readFileSync } = require('node:fs');

const LOOK_AGAIN_MS = 50;

module.exports = (file) => {
  const RealDate = Date;
  let offsetMs = 0;
  const look = () => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0;
    } catch {
      // Absent = not shifted.
    }
  };
  look();
  setInterval(look, LOOK_AGAIN_MS).unref();
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
};
