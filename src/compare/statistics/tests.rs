//! Tests of `statistics`, in a file of their own for their length.

use super::Alternative;
use super::Counts;
use super::P_MIN;
use super::fisher_exact;
use super::holm;

fn counts([failed, completed, failed_otherwise, completed_otherwise]: [u32; 4]) -> Counts {
    Counts {
        failed,
        completed,
        failed_otherwise,
        completed_otherwise,
    }
}

/// Two-sided, more, fewer.
fn all(table: [u32; 4]) -> [f64; 3] {
    [Alternative::TwoSided, Alternative::More, Alternative::Fewer]
        .map(|alternative| fisher_exact(counts(table), alternative))
}

fn near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= 1e-9 * wanted.abs()
}

fn hold(tables: &[([u32; 4], [f64; 3])]) {
    for (table, wanted) in tables {
        let found = all(*table);
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(
                near(*found, wanted.max(P_MIN)),
                "{table:?}: {found} for {wanted}"
            );
        }
    }
}

/// Fisher's tea tasting and his twins of convicts (both 1935), the table of dieters in Wikipedia's article, and the one of
/// whales and sharks in older manuals of SciPy; values by scipy.stats.fisher_exact 1.17.1.
#[test]
fn published_tables_come_out_as_published() {
    hold(&[
        (
            [3, 1, 1, 3],
            [
                0.485_714_285_714_285_65,
                0.242_857_142_857_142_83,
                0.985_714_285_714_285_8,
            ],
        ),
        (
            [2, 10, 15, 3],
            [
                0.000_536_724_119_143_435_7,
                0.999_984_519_018_686_1,
                0.000_465_180_943_362_905,
            ],
        ),
        (
            [1, 9, 11, 3],
            [
                0.002_759_456_185_220_083_6,
                0.999_966_348_095_302_2,
                0.001_379_728_092_610_041_8,
            ],
        ),
        (
            [8, 2, 1, 5],
            [
                0.034_965_034_965_034_975,
                0.024_475_524_475_524_483,
                0.999_125_874_125_874_1,
            ],
        ),
    ]);
}

/// scipy.stats.fisher_exact 1.17.1.
#[test]
fn small_and_middling_tables_agree_with_scipy() {
    hold(&[
        (
            [0, 5, 5, 0],
            [0.007_936_507_936_507_938, 1.0, 0.003_968_253_968_253_969],
        ),
        (
            [7, 12, 0, 5],
            [0.272_068_511_198_946, 0.145_586_297_760_210_81, 1.0],
        ),
        (
            [12, 5, 29, 2],
            [
                0.080_268_552_074_104_63,
                0.994_525_206_021_882_2,
                0.044_554_737_835_076_88,
            ],
        ),
        (
            [100, 2, 1000, 5],
            [
                0.130_075_936_343_001_63,
                0.979_790_445_314_722_9,
                0.130_075_936_343_001_63,
            ],
        ),
        (
            [2, 7, 8, 2],
            [
                0.023_014_137_565_221_16,
                0.999_014_916_971_573_3,
                0.018_521_725_952_066_51,
            ],
        ),
        (
            [5, 1, 10, 10],
            [
                0.197_324_414_715_719_1,
                0.165_217_391_304_347_84,
                0.978_260_869_565_217_4,
            ],
        ),
        (
            [5, 16, 16, 25],
            [
                0.269_700_409_884_935_9,
                0.933_017_660_921_478_8,
                0.180_897_935_059_934_57,
            ],
        ),
        (
            [176, 4, 0, 512],
            [4.663_449_903_422_633e-162, 4.663_449_903_422_633e-162, 1.0],
        ),
        (
            [41, 0, 0, 9],
            [3.991_324_935_080_102_4e-10, 3.991_324_935_080_102e-10, 1.0],
        ),
        (
            [10_000, 10_200, 9_900, 10_100],
            [1.0, 0.500_019_865_297_620_2, 0.507_939_059_665_709_4],
        ),
        (
            [14_500, 20_000, 30_000, 40_000],
            [
                0.011_055_117_704_594_082,
                0.994_665_813_750_737_4,
                0.005_541_569_318_724_047,
            ],
        ),
    ]);
}

/// mpmath 1.4.1 with 60 digits, by log-gamma and summation term by term.
#[test]
fn large_tables_agree_with_sixty_digits() {
    hold(&[
        (
            [500_000, 500_000, 499_000, 501_000],
            [
                0.157_714_504_788_112_59,
                0.078_857_252_394_056_3,
                0.921_557_855_066_088_4,
            ],
        ),
        (
            [500, 999_500, 400, 999_600],
            [
                0.000_953_915_730_109_392_3,
                0.000_476_957_865_054_696_16,
                0.999_625_058_274_967_6,
            ],
        ),
        (
            [1_000_000_000, 1_000_000_000, 1_000_050_000, 999_950_000],
            [
                0.113_853_526_958_839_36,
                0.943_080_465_416_285_9,
                0.056_926_763_479_419_68,
            ],
        ),
        (
            [500_000_000, 500_000_000, 499_700_000, 500_300_000],
            [4.849_290_505_897_095e-41, 2.424_645_252_948_547_5e-41, 1.0],
        ),
        (
            [900, 999_999_100, 1000, 999_999_000],
            [
                0.023_108_779_900_314_675,
                0.989_762_953_237_404_8,
                0.011_554_389_950_157_338,
            ],
        ),
        ([1, 999_999_999, 0, 1_000_000_000], [1.0, 0.5, 1.0]),
        (
            [300, 0, 0, 700],
            [
                1.842_214_325_889_548_7e-264,
                1.842_214_325_889_548_7e-264,
                1.0,
            ],
        ),
        (
            [480, 10, 3, 500],
            [
                2.878_718_280_872_737_7e-270,
                2.878_718_280_872_737_7e-270,
                1.0,
            ],
        ),
    ]);
}

#[test]
fn perfect_separation_is_one_in_so_many_draws() {
    // One-sided, `failed` against `completed`: 1 / C(a + b, a).
    for (failed, completed, draws) in [
        (3, 3, 20.0),
        (4, 4, 70.0),
        (5, 5, 252.0),
        (6, 6, 924.0),
        (3, 10, 286.0),
        (2, 20, 231.0),
        (1, 19, 20.0),
        (4, 10, 1001.0),
    ] {
        let [two, more, fewer] = all([failed, 0, 0, completed]);
        assert!(near(more, 1.0 / draws), "{failed}/{completed}: {more}");
        assert!(near(fewer, 1.0));
        let sides = if failed == completed { 2.0 } else { 1.0 };
        assert!(near(two, sides / draws), "{failed}/{completed}: {two}");
    }
}

#[test]
fn counts_of_64_bits_are_taken_too() {
    assert!(near(super::fisher_two_sided(3, 0, 0, 10), 1.0 / 286.0));
    assert_eq!(super::fisher_two_sided(u64::MAX, 0, 0, u64::MAX), P_MIN);
}

#[test]
fn empty_margins_say_nothing() {
    for table in [
        [0, 0, 0, 0],
        [0, 0, 0, 7],
        [988, 1982, 0, 0],
        [0, 0, 5, 9],
        [0, 4, 0, 9],
        [7, 0, 8, 0],
        [u32::MAX, u32::MAX, 0, 0],
    ] {
        assert_eq!(all(table), [1.0; 3], "{table:?}");
    }
}

#[test]
fn what_is_too_small_for_a_float_is_the_smallest_given() {
    for table in [
        [1_000_000, 0, 0, 1_000_000],
        [1204, 0, 3, 40_000],
        [u32::MAX, 0, 0, u32::MAX],
    ] {
        let [two, more, fewer] = all(table);
        assert_eq!((two, more), (P_MIN, P_MIN), "{table:?}");
        assert!(near(fewer, 1.0), "{table:?}: {fewer}");
    }
}

/// Whole numbers only: every table of the same margins, and its probability as a fraction of binomial coefficients.
fn by_enumeration([a, b, c, d]: [u32; 4]) -> [f64; 3] {
    fn choose(n: u32, k: u32) -> u128 {
        (0..k).fold(1, |product, i| {
            product * u128::from(n - i) / u128::from(i + 1)
        })
    }
    let (with, without, failed) = (a + b, c + d, a + c);
    let ways = |x: u32| choose(with, x) * choose(without, failed - x);
    let values = failed.saturating_sub(without)..=with.min(failed);
    let sum = |wanted: &dyn Fn(u32) -> bool| {
        let ways: u128 = values.clone().filter(|x| wanted(*x)).map(ways).sum();
        ways as f64 / choose(with + without, failed) as f64
    };
    [
        sum(&|x| ways(x) <= ways(a)),
        sum(&|x| x >= a),
        sum(&|x| x <= a),
    ]
}

#[test]
fn every_small_table_agrees_with_enumeration_and_with_its_mirrors() {
    for number in 0..8_u32.pow(4) {
        let table = [number % 8, number / 8 % 8, number / 64 % 8, number / 512];
        let [a, b, c, d] = table;
        let wanted = by_enumeration(table);
        hold(&[(table, wanted)]);
        let [two, more, fewer] = all(table);
        // Rows exchanged or columns exchanged: the other tail. Rows and columns exchanged for each other: the same.
        for mirror in [[c, d, a, b], [b, a, d, c]] {
            let found = all(mirror);
            assert!(near(found[0], two) && near(found[1], fewer) && near(found[2], more));
        }
        let turned = all([a, c, b, d]);
        assert!(near(turned[0], two) && near(turned[1], more) && near(turned[2], fewer));
    }
}

#[test]
fn every_p_value_lies_between_the_smallest_and_one() {
    let sizes = [0, 1, 2, 3, 17, 1000, 1_000_000, 1_000_000_000, u32::MAX];
    for a in sizes {
        for b in sizes {
            for c in sizes {
                for d in [0, 1, 1000, 1_000_000_000] {
                    for p in all([a, b, c, d]) {
                        assert!((P_MIN..=1.0).contains(&p), "{a} {b} {c} {d}: {p}");
                    }
                }
            }
        }
    }
}

#[test]
fn more_failures_make_it_less_probable() {
    let p = |failed| {
        let table = [failed, 1000 - failed, 100, 900];
        fisher_exact(counts(table), Alternative::More)
    };
    assert!((0..1000).all(|failed| p(failed + 1) <= p(failed) * (1.0 + 1e-12)));
}

/// statsmodels 0.15.0, multipletests(method="holm"); the fifteen are those of Benjamini and Hochberg 1995.
#[test]
fn holm_agrees_with_statsmodels() {
    let fifteen = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ];
    let adjusted = [
        0.0015, 0.0056, 0.0247, 0.114, 0.2211, 0.278, 0.278, 0.278, 0.3213, 1.0, 1.0, 1.0, 1.0,
        1.0, 1.0,
    ];
    let cases: [(&[f64], &[f64]); 6] = [
        (&fifteen, &adjusted),
        (&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]),
        (&[0.05], &[0.05]),
        (&[0.5, 0.6, 0.7], &[1.0, 1.0, 1.0]),
        (&[0.02, 0.02, 0.02], &[0.06, 0.06, 0.06]),
        (&[1e-40, 0.2, 1e-300], &[2e-40, 0.2, 3e-300]),
    ];
    for (given, wanted) in cases {
        let found = holm(given);
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(near(*found, *wanted), "{given:?}: {found} for {wanted}");
        }
    }
    assert!(holm(&[]).is_empty());
    assert_eq!(holm(&[f64::NAN, 0.01, -1.0, 7.0]), [1.0, 0.03, 0.0, 1.0]);
}

#[test]
fn holm_keeps_the_order_of_p_values_and_only_raises_them() {
    let given: Vec<f64> = (0..200_u32)
        .map(|i| f64::from(i * 7919 % 200) / 4000.0)
        .collect();
    let found = holm(&given);
    for (i, p) in given.iter().enumerate() {
        assert!(found[i] >= *p && found[i] <= 1.0);
        for (j, q) in given.iter().enumerate() {
            assert!(p > q || found[i] <= found[j], "{i} {j}");
        }
    }
    // Fifteen attributes: six against six passes at 5 percent, five against five does not.
    let first = |p: f64| holm(&[&[p][..], &[0.5; 14]].concat())[0];
    assert!(first(2.0 / 924.0) < 0.05 && first(2.0 / 252.0) > 0.05);
}
