import Testing

@testable import pickup_bench

@Suite struct SamplesTests {
    private func samples(_ values: [Double]) -> Samples {
        var samples = Samples()
        for value in values { samples.add(value) }
        return samples
    }

    @Test func aPercentileIsTheSmallestSampleThatCoversItsShare() {
        let hundred = samples((1...100).map(Double.init).shuffled())
        for rank in 1...100 {
            #expect(hundred.percentile(Double(rank) / 100) == Double(rank))
        }
        #expect(hundred.percentile(0.985) == 99)
        #expect(hundred.percentile(0.999) == 100)
    }

    @Test func theEndsAreTheFastestAndTheSlowest() {
        let three = samples([30, 10, 20])
        #expect(three.percentile(0) == 10)
        #expect(three.percentile(1) == 30)
        #expect(three.percentile(0.5) == 20)
    }

    @Test func equalSamplesAllCount() {
        let many = samples([5, 5, 5, 9])
        #expect(many.count == 4)
        #expect(many.percentile(0.75) == 5)
        #expect(many.percentile(0.76) == 9)
    }

    @Test func withoutSamplesThereIsNothingToSay() {
        #expect(Samples().percentile(0.99) == 0)
    }
}
