// What the table's ops are in JavaScript where Math has no such function.
//
// Each function begins in the first column and ends with a brace there: `javascript.py` takes out
// those that a program calls, and those that these call. They do what the ops do with floats, and
// give inf or nan where Python raises.

// Of single numbers -------------------------------------------------------------------------------

function pow(x, y) {
  // C's pow, and so Python's: 1 to any power is 1, and so is -1 to an infinite one.
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

function remainder(x, y) {
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return (r < 0) !== (y < 0) ? r + y : r;
}

function floor_divide(x, y) {
  if (y === 0) return x / y;
  const r = x % y;
  let quotient = (x - r) / y;
  if (r !== 0 && (r < 0) !== (y < 0)) quotient -= 1;
  if (quotient === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

function maximum(x, y) {
  return x >= y || x !== x ? x : y;
}

function minimum(x, y) {
  return x <= y || x !== x ? x : y;
}

function clip(x, low, high) {
  return minimum(maximum(x, low), high);
}

function relu(x) {
  return x > 0 || x !== x ? x : 0;
}

function sech2(x) {
  const t = Math.exp(-2 * Math.abs(x));
  return (4 * t) / ((1 + t) * (1 + t));
}

function direction(x, y) {
  const length = Math.hypot(x, y);
  return x / (length === 0 ? 1 : length);
}

function gaussian(x) {
  if (!(Math.abs(x) < 40)) return x === x ? 0 : x;
  // exp would magnify the rounding of x * x. The square of h, which is short, is exact.
  const h = Math.trunc(x * 32) / 32;
  return Math.exp(-h * h) * Math.exp((h - x) * (h + x));
}

function erf(x) {
  const size = Math.abs(x);
  if (!(size < 6)) return x === x ? Math.sign(x) : x;
  if (size < 1.1) {
    // The series around 0, from its end: Abramowitz & Stegun 7.1.5.
    let sum = 0;
    for (let n = 22; n > 0; n--) sum = 1 / (2 * n - 1) - ((x * x) / n) * sum;
    return x * sum * (2 / Math.sqrt(Math.PI));
  }
  // The continued fraction of erfc, from its end: Abramowitz & Stegun 7.1.14.
  let fraction = 0;
  for (let n = 150; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - gaussian(x) / Math.sqrt(Math.PI) / (size + fraction));
}

function sigmoid(x) {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const t = Math.exp(x);
  return t / (1 + t);
}

function softplus(x) {
  return (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

// Of the numbers that one result is of: a row, a Float64Array -------------------------------------

function total(row, start = 0, stop = row.length) {
  if (stop - start > 64) {
    // By halves, so that rounding grows with the logarithm of the length alone.
    const middle = (start + stop) >> 1;
    return total(row, start, middle) + total(row, middle, stop);
  }
  let sum = 0;
  for (let i = start; i < stop; i++) sum += row[i];
  return sum;
}

function mean(row) {
  return total(row) / row.length;
}

function product(row) {
  return row.reduce((z, x) => z * x, 1);
}

function largest(row, atLeast = -Infinity) {
  return row.reduce((z, x) => maximum(z, x), atLeast);
}

function smallest(row) {
  return row.reduce((z, x) => minimum(z, x), Infinity);
}

function cumsum(row) {
  let sum = 0;
  return row.map((x) => (sum += x));
}

function center(row) {
  // Shifted by one of its numbers first, so that constants give exact zeros.
  const shifted = row.map((x) => x - row[0]);
  const middle = mean(shifted);
  if (Number.isFinite(middle)) return shifted.map((x) => x - middle);
  // A difference, or the sum of them, is beyond the largest number: not that of smaller ones.
  const [less, more] = [2 ** -512, 2 ** 512];
  const small = row.map((x) => x * less - row[0] * less);
  const average = mean(small);
  return small.map((x) => (x - average) * more);
}

function norm(row) {
  // Scaled by the largest, so that nothing over- or underflows.
  let scale = largest(row.map(Math.abs), 0);
  if (scale === 0 || !Number.isFinite(scale)) scale = 1;
  return Math.sqrt(total(row.map((x) => (x / scale) * (x / scale)))) * scale;
}

function variance(row, ddof) {
  return total(center(row).map((x) => x * x)) / Math.max(row.length - ddof, 0);
}

function deviation(row, ddof) {
  return norm(center(row)) / Math.sqrt(Math.max(row.length - ddof, 0));
}

function finiteTop(row) {
  return minimum(largest(row, -Number.MAX_VALUE), Number.MAX_VALUE);
}

function logsumexp(row) {
  // The largest are counted apart: beside their 1s small ones would be lost.
  const top = finiteTop(row);
  const rest = total(row.map((x) => (x === top ? 0 : Math.exp(x - top))));
  const more = total(row.map((x) => (x === top ? 1 : 0))) - 1;
  return Math.log1p(rest + more) + top;
}

function shares(row, top) {
  const t = row.map((x) => Math.exp(x - top));
  const sum = total(t);
  return t.map((x) => x / sum);
}

function softmax(row) {
  return shares(row, largest(row));
}

function weights(row) {
  return shares(row, finiteTop(row));
}

// Of programs -------------------------------------------------------------------------------------

function numbers(x, count, which) {
  if (x === null || typeof x !== "object" || x.length !== count) {
    throw new RangeError(which + " is an array of " + count + " numbers");
  }
  return new Float64Array(x);
}

function placed(tape, counts, first) {
  // How far back each operand is, or which constant it is (below 0), becomes its place.
  for (let at = 0, i = first; at < tape.length; i++) {
    for (let end = at + counts[tape[at]]; at < end; ) {
      const back = tape[++at];
      tape[at] = back < 0 ? ~back : i - back;
    }
    at++;
  }
  return tape;
}

function leave(place) {
  throw new RangeError(
    "the program was recorded for another branch" + (place && " at " + place)
  );
}
