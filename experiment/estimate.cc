#include "experiment/estimate.h"

#include <cmath>
#include <cstddef>

#include "base/check.h"

namespace floe {
namespace {

constexpr double kPi = 3.14159265358979323846;

// For x >= 0. Halves the angle until the series is short; the C library's need not give the same
// bits everywhere.
double ArcTangent(double x) {
  double factor = 1;
  while (x > 0.0625) {
    x /= 1 + std::sqrt(1 + x * x);
    factor *= 2;
  }
  const double square = x * x;
  double power = x;
  double sum = 0;
  for (int n = 1; n <= 17; n += 2) {
    sum += power / n;
    power *= -square;
  }
  return factor * sum;
}

// 1 + f_1 x + f_1 f_2 x^2 + ..., so many terms of it, with f_k = (2k - odd) / (2k + 1 - odd).
double Series(double x, int64_t terms, int64_t odd) {
  double term = 1;
  double sum = 1;
  for (int64_t k = 1; k < terms; ++k) {
    term *= x * static_cast<double>(2 * k - odd) / static_cast<double>(2 * k + 1 - odd);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

// P(|T| <= t), by the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4.
double StudentProbability(double t, int64_t degrees) {
  const auto v = static_cast<double>(degrees);
  const double cosine_square = v / (v + t * t);
  const double sine = t / std::sqrt(v + t * t);
  if (degrees % 2 == 0) return sine * Series(cosine_square, degrees / 2, 1);
  const double angle = ArcTangent(t / std::sqrt(v));
  if (degrees == 1) return 2 / kPi * angle;
  const double series = Series(cosine_square, (degrees - 1) / 2, 0);
  return 2 / kPi * (angle + sine * std::sqrt(cosine_square) * series);
}

}  // namespace

void Accumulator::Add(double value) {
  if (std::isnan(value)) return;
  ++samples_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(samples_);
  squares_ += before * (value - mean_);
}

double Accumulator::variance() const {
  return samples_ < 2 ? 0 : squares_ / static_cast<double>(samples_ - 1);
}

Estimate Accumulator::ToEstimate(double confidence) const {
  if (samples_ == 0) return {};
  if (samples_ == 1) return {.mean = mean_, .samples = 1};
  const double error = std::sqrt(variance() / static_cast<double>(samples_));
  // Equal values differ by nothing: no quantile is needed, which matters where there are thousands.
  const double reach = error == 0 ? 0 : error * StudentQuantile(confidence, samples_ - 1);
  return {.mean = mean_,
          .low = mean_ - reach,
          .high = mean_ + reach,
          .standard_error = error,
          .samples = samples_};
}

Estimate EstimateMean(absl::Span<const double> values, double confidence) {
  Accumulator accumulator;
  for (const double value : values) accumulator.Add(value);
  return accumulator.ToEstimate(confidence);
}

Estimate EstimatePairedDifference(absl::Span<const double> a, absl::Span<const double> b,
                                  double confidence) {
  CHECK(a.size() == b.size());
  Accumulator accumulator;
  for (size_t i = 0; i < a.size(); ++i) accumulator.Add(a[i] - b[i]);
  return accumulator.ToEstimate(confidence);
}

double StudentQuantile(double confidence, int64_t degrees_of_freedom) {
  CHECK(confidence >= kConfidenceMin && confidence <= kConfidenceMax);
  CHECK(degrees_of_freedom >= 1);
  double low = 0;
  double high = 1;
  while (StudentProbability(high, degrees_of_freedom) < confidence) high *= 2;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (StudentProbability(middle, degrees_of_freedom) < confidence ? low : high) = middle;
  }
}

}  // namespace floe
