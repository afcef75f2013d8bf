@testable import KioskServer
